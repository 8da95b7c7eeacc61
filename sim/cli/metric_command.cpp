// kvsim explain metric: what a word of the results means, here and elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/diagnostic.hpp"
#include "sim/base/spelling.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/reference_commands.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/spec/metric_words.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;
using spec::MetricWord;

Json metric_json(const MetricWord& word) {
  Json aliases = Json::object();
  for (const spec::MetricAlias& alias : word.aliases) {
    aliases[std::string(alias.tool)] = alias.words;
  }
  Json json;
  json["name"] = word.name;
  json["unit"] = word.unit;
  json["definition"] = word.definition;
  json["formula"] = word.formula;
  json["result_json"] = fmt::format("runs[].{}", word.place);
  json["called_elsewhere"] = std::move(aliases);
  return json;
}

[[noreturn]] void refuse_metric(const std::string& name) {
  std::vector<std::string> names;
  for (const MetricWord& word : spec::metric_words()) {
    names.emplace_back(word.name);
  }
  std::vector<std::string> ways_out;
  if (const auto guess = nearest_word(name, names)) {
    ways_out.push_back(fmt::format("did you mean '{}'?", *guess));
  }
  ways_out.push_back(fmt::format("known: {}", fmt::join(names, ", ")));
  refuse_input({"kvsim explain metric"}, fmt::format("there is no metric '{}'", name), ways_out);
}

// mean_ttft_ms is a statistic of ttft.
bool is_statistic_of(const std::string& name, std::string_view metric) {
  return name.ends_with(fmt::format("_{}_ms", metric));
}

const MetricWord& find_metric(const std::string& name) {
  const auto words = spec::metric_words();
  const auto it = std::find_if(words.begin(), words.end(), [&](const MetricWord& word) {
    return word.name == name || is_statistic_of(name, word.name);
  });
  if (it == words.end()) {
    refuse_metric(name);
  }
  return *it;
}

void print_metric(const MetricWord& word) {
  fmt::print("{} [{}]: {}\n  {}\n  in result.json: runs[].{}\n", word.name, word.unit,
             word.definition, word.formula, word.place);
  for (const spec::MetricAlias& alias : word.aliases) {
    fmt::print("  {}: {}\n", alias.tool, alias.words);
  }
}

void print_all() {
  std::vector<std::vector<std::string>> rows;
  for (const MetricWord& word : spec::metric_words()) {
    rows.push_back({std::string(word.name), std::string(word.unit), std::string(word.definition)});
  }
  fmt::print("{}", text_table({"metric", "unit", "meaning"}, rows));
  fmt::print("\nkvsim explain metric NAME: formula, place in result.json, other tools' words\n");
}

void print_all_json() {
  Json list = Json::array();
  for (const MetricWord& word : spec::metric_words()) {
    list.push_back(metric_json(word));
  }
  fmt::print("{}\n", list.dump(2));
}

}  // namespace

int explain_metric(const MetricOptions& options) {
  const bool json = options.format == "json";
  if (options.name.empty()) {
    json ? print_all_json() : print_all();
    return kOk;
  }
  const MetricWord& word = find_metric(options.name);
  if (json) {
    fmt::print("{}\n", metric_json(word).dump(2));
  } else {
    print_metric(word);
  }
  return kOk;
}

}  // namespace kvsim::cli
