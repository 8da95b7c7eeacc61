#include "sim/report/candidates_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/plan_words.hpp"
#include "sim/report/requests_csv.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanPoint;

using Texts = std::vector<std::string>;

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : (value > 0 ? "inf" : "");
}
std::string number(const std::optional<double>& value) { return value ? number(*value) : ""; }
std::string truth(bool value) { return value ? "true" : "false"; }

void add_new(Texts& list, const std::string& word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) {
    list.push_back(word);
  }
}

// What some layout of some question has.
struct Keys {
  Texts choice;   ///< searched
  Texts metrics;  ///< limited
};

Keys keys_of(const std::vector<PlanAnswer>& plans) {
  Keys keys;
  for (const PlanAnswer& answer : plans) {
    for (const PlanLayout& layout : answer.layouts) {
      for (const auto& [key, value] : layout.choice) {
        add_new(keys.choice, key);
      }
      for (const PlanPoint& point : layout.points) {
        for (const spec::PlanLimit& limit : point.limits) {
          add_new(keys.metrics, limit.metric);
        }
      }
    }
  }
  return keys;
}

Texts header(const Keys& keys) {
  Texts names = {"question_id", "variant"};
  names.insert(names.end(), keys.choice.begin(), keys.choice.end());
  for (const char* name : {"gpu", "gpus_per_replica", "fate", "rule", "reason", "least_replicas",
                           "on_front", "simulations", "replicas", "gpus", "load", "request_rate"}) {
    names.emplace_back(name);
  }
  for (const std::string& metric : keys.metrics) {
    for (const char* part : {"", "_low", "_high", "_limit"}) {
      names.push_back(metric + part);
    }
  }
  for (const char* name : {"overloaded", "meets", "sure", "attainment", "output_throughput",
                           "output_throughput_per_gpu", "median_interactivity",
                           "kv_cache_usage_max", "hbm_utilization_busy", "bound_by",
                           "cost_per_hour", "cost_per_million_output", "judged_requests"}) {
    names.emplace_back(name);
  }
  return names;
}

void add_limit(Texts& row, const PlanPoint& point, const std::string& metric) {
  const auto found = std::find_if(point.limits.begin(), point.limits.end(),
                                  [&](const auto& limit) { return limit.metric == metric; });
  if (found == point.limits.end()) {
    row.insert(row.end(), 4, "");
    return;
  }
  for (const double value : {found->value_ms, found->low_ms, found->high_ms, found->limit_ms}) {
    row.push_back(number(value));
  }
}

void add_point(Texts& row, const PlanPoint& point, const Keys& keys) {
  row.push_back(std::to_string(point.replicas));
  row.push_back(std::to_string(point.gpus));
  row.push_back(number(point.load));
  row.push_back(number(point.request_rate));
  for (const std::string& metric : keys.metrics) {
    add_limit(row, point, metric);
  }
  for (const bool value : {point.overloaded, point.meets, point.sure}) {
    row.push_back(truth(value));
  }
  for (const double value :
       {point.attainment, point.output_throughput, point.tokens_per_gpu, point.interactivity,
        point.kv_cache_usage_max, point.hbm_utilization_busy}) {
    row.push_back(number(value));
  }
  row.push_back(point.bound_by);
  row.push_back(number(point.cost_per_hour));
  row.push_back(number(point.cost_per_million_output));
  row.push_back(std::to_string(point.requests));
}

Texts row_of(const PlanAnswer& answer, const PlanLayout& layout, const Keys& keys) {
  Texts row = {answer.id, answer.variant};
  for (const std::string& key : keys.choice) {
    const auto found = std::find_if(layout.choice.begin(), layout.choice.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    row.push_back(found == layout.choice.end() ? "" : found->second);
  }
  for (const std::string& text : {layout.gpu, std::to_string(layout.gpus_per_replica),
                                  std::string(spec::name_of(layout.fate, spec::kLayoutFateNames)),
                                  layout.rule, layout.reason, std::to_string(layout.least_replicas),
                                  truth(layout.on_front), std::to_string(layout.points.size())}) {
    row.push_back(text);
  }
  if (const PlanPoint* point = telling_point(layout)) {
    add_point(row, *point, keys);
  }
  return row;
}

std::string line(Texts fields, std::size_t width) {
  fields.resize(width);
  std::transform(fields.begin(), fields.end(), fields.begin(),
                 [](const std::string& field) { return csv_field(field); });
  return fmt::format("{}\n", fmt::join(fields, ","));
}

}  // namespace

std::string candidates_csv(const StudyResults& results) {
  const Keys keys = keys_of(results.plans);
  const Texts names = header(keys);
  std::string text = line(names, names.size());
  for (const PlanAnswer& answer : results.plans) {
    for (const PlanLayout& layout : answer.layouts) {
      text += line(row_of(answer, layout, keys), names.size());
    }
  }
  return text;
}

}  // namespace kvsim::report
