#include "sim/report/result_reader.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <set>

#include "sim/base/diagnostic.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/result_json.hpp"

namespace kvsim::report {
namespace {

constexpr int kDeepestNumber = 8;  // result.json has four levels of numbers below a run

[[noreturn]] void refuse_as_no_result(const std::string& file, const std::string& what) {
  refuse_input({file}, fmt::format("is no result.json of kvsim: {}", what),
               {"kvsim run STUDY --out DIR writes one"});
}

Json parsed(const ResultText& text) {
  try {
    return Json::parse(text.json);
  } catch (const Json::exception& error) {
    refuse_as_no_result(text.name, error.what());
  }
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Value value_of(const Json& json) {
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return json.get<double>();
  }
  return json.is_number_integer() ? Value(json.get<std::int64_t>()) : Value(json.get<double>());
}

// Numbers of nested maps by their dotted place; lists are left out.
void collect(const Json& map, const std::string& path, int depth, ReadRun& run) {
  if (!map.is_object() || depth > kDeepestNumber) {
    return;
  }
  for (const auto& item : map.items()) {
    const std::string place = path + item.key();
    if (item.value().is_number()) {
      run.numbers.emplace_back(place, value_of(item.value()));
    } else {
      collect(item.value(), place + '.', depth + 1, run);
    }
  }
}

void read_numbers(const Json& json, ReadRun& run) {
  for (const auto& item : json.items()) {
    const bool is_metrics = item.key() == "metrics";
    if (item.key() != "overrides") {
      collect(item.value(), is_metrics ? std::string() : item.key() + '.', 1, run);
    }
  }
}

void read_overrides(const Json& json, ReadRun& run) {
  const auto overrides = json.find("overrides");
  if (overrides == json.end() || !overrides->is_object()) {
    return;
  }
  for (const auto& item : overrides->items()) {
    const Json& value = item.value();
    run.overrides.emplace_back(item.key(),
                               value.is_string() ? value.get<std::string>() : value.dump());
  }
}

void read_intervals(const Json& json, const std::string& file, ReadRun& run) {
  const auto intervals = json.find("intervals");
  if (intervals == json.end()) {
    return;
  }
  for (const Json& each : *intervals) {
    try {
      run.intervals.push_back({each.at("metric").get<std::string>(), each.at("low").get<double>(),
                               each.at("high").get<double>(), each.at("confidence").get<double>()});
    } catch (const Json::exception&) {
      refuse_as_no_result(file, fmt::format("run '{}' has an interval without metric, low, high or "
                                            "confidence",
                                            run.id));
    }
  }
}

ReadRun read_run(const Json& json, const std::string& file) {
  ReadRun run;
  run.id = text_at(json, "id");
  run.variant = text_at(json, "variant");
  const auto metrics = json.find("metrics");
  if (run.id.empty() || metrics == json.end() || !metrics->is_object()) {
    refuse_as_no_result(file, "a run has no id or no metrics");
  }
  run.stability = text_at(*metrics, "stability");
  read_overrides(json, run);
  read_numbers(json, run);
  read_intervals(json, file, run);
  return run;
}

void check_schema(const Json& json, const std::string& file) {
  const auto version = json.is_object() ? json.find("schema_version") : json.end();
  if (!json.is_object() || version == json.end()) {
    refuse_as_no_result(file, "it has no schema_version");
  }
  if (*version != kResultSchemaVersion) {
    refuse_input(
        {file},
        fmt::format("has schema_version {}, and this kvsim reads {}", version->dump(),
                    kResultSchemaVersion),
        {"run both studies again with one kvsim, or compare with the kvsim that wrote it"});
  }
}

}  // namespace

ReadResult read_result(const ResultText& text) {
  const Json json = parsed(text);
  check_schema(json, text.name);
  ReadResult result{text.name, text_at(json, "study"), text_at(json, "kvsim_version"), {}};
  const auto runs = json.find("runs");
  if (runs == json.end() || !runs->is_array() || runs->empty()) {
    refuse_as_no_result(text.name, "it has no runs");
  }
  std::set<std::string> ids;
  for (const Json& each : *runs) {
    result.runs.push_back(read_run(each, text.name));
    if (!ids.insert(result.runs.back().id).second) {
      refuse_as_no_result(text.name,
                          fmt::format("two runs are called '{}'", result.runs.back().id));
    }
  }
  return result;
}

Value number_of(const ReadRun& run, std::string_view name) {
  if (name == "stability") {
    return run.stability.empty() ? Value() : Value(run.stability);
  }
  for (const auto& [each, value] : run.numbers) {
    if (each == name) {
      return value;
    }
  }
  return {};
}

// Where result.json nests a metric or divides it by the GPUs, its interval has the plain name.
std::optional<Range> interval_of(const ReadRun& run, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNested = {
      {{"kv_cache_usage_perc.mean", "kv_cache_usage_mean"},
       {"kv_cache_usage_perc.max", "kv_cache_usage_max"},
       {"bandwidth.hbm_utilization", "hbm_utilization"},
       {"cost.bill.per_million_output_tokens", "cost_per_million_output_tokens"}}};
  constexpr std::string_view kPerGpu = "_per_gpu";
  double divisor = 1;
  for (const auto& [place, plain] : kNested) {
    name = name == place ? plain : name;
  }
  if (name.ends_with(kPerGpu)) {
    name.remove_suffix(kPerGpu.size());
    divisor = as_double(number_of(run, "num_gpus")).value_or(0);
  }
  for (const spec::Interval& interval : run.intervals) {
    if (interval.metric == name && divisor > 0) {
      return Range{interval.low / divisor, interval.high / divisor};
    }
  }
  return std::nullopt;
}

}  // namespace kvsim::report
