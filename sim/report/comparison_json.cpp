#include "sim/report/comparison.hpp"
#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

struct ValueJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(double value) const { return json_number(value); }
  Json operator()(const std::string& value) const { return value; }
};

Json json_of(const Value& value) { return std::visit(ValueJson{}, value); }

Json range_json(const std::optional<Range>& range) {
  return range ? Json{json_number(range->low), json_number(range->high)} : Json(nullptr);
}

Json word_or_null(std::string_view word) { return word.empty() ? Json(nullptr) : Json(word); }

Json metric_json(const RunPair& run, const MetricPair& pair) {
  Json json = {{"metric", pair.name},
               {"a", json_of(pair.a)},
               {"b", json_of(pair.b)},
               {"difference", json_number(difference(pair))},
               {"ratio", json_number(ratio(pair))},
               {"interval_a", range_json(pair.range_a)},
               {"interval_b", range_json(pair.range_b)},
               {"verdict", word_or_null(words_of(verdict(pair)))}};
  if (pair.is_latency) {
    json["overloaded"] = word_or_null(overloaded_in(run));
  }
  return json;
}

Json run_json(const Comparison& comparison, const RunPair& run) {
  Json settings = Json::array();
  for (const SettingPair& setting : run.settings) {
    settings.push_back(
        {{"key", setting.key}, {"a", word_or_null(setting.a)}, {"b", word_or_null(setting.b)}});
  }
  Json metrics = Json::array();
  for (const MetricPair& pair : run.metrics) {
    metrics.push_back(metric_json(run, pair));
  }
  return {{"label", label_of(comparison, run)},
          {"id_a", run.id_a},
          {"id_b", run.id_b},
          {"overloaded", word_or_null(overloaded_in(run))},
          {"settings", std::move(settings)},
          {"metrics", std::move(metrics)}};
}

Json side_json(const Side& side) {
  return {{"result", side.name},
          {"study", side.study},
          {"kvsim_version", side.kvsim_version},
          {"runs", side.runs},
          {"without_partner", side.alone}};
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  Json json = Json::object();
  json["sentence"] = comparison_sentence(comparison);
  json["notes"] = comparison_notes(comparison);
  json["a"] = side_json(comparison.a);
  json["b"] = side_json(comparison.b);
  json["runs"] = Json::array();
  for (const RunPair& run : comparison.runs) {
    json["runs"].push_back(run_json(comparison, run));
  }
  return json_text(json);
}

}  // namespace kvsim::report
