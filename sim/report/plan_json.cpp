#include "sim/report/plan_json.hpp"

#include <cmath>

#include "kvsim_version.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/plan_sentence.hpp"
#include "sim/report/plan_words.hpp"
#include "sim/report/serve_command.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanPoint;

// null: unbounded.
Json bound(double value) { return std::isfinite(value) ? json_number(value) : Json(nullptr); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json pairs(const std::vector<std::pair<std::string, std::string>>& entries) {
  Json object = Json::object();
  for (const auto& [key, value] : entries) {
    object[key] = value;
  }
  return object;
}

Json limits_of(const PlanPoint& point) {
  Json limits = Json::array();
  for (const spec::PlanLimit& limit : point.limits) {
    limits.push_back({{"metric", limit.metric},
                      {"limit_ms", json_number(limit.limit_ms)},
                      {"value_ms", bound(limit.value_ms)},
                      {"low_ms", bound(limit.low_ms)},
                      {"high_ms", bound(limit.high_ms)},
                      {"met", limit.met},
                      {"sure", limit.sure}});
  }
  return limits;
}

Json point_json(const PlanPoint& point) {
  return {{"replicas", point.replicas},
          {"gpus", point.gpus},
          {"load", json_number(point.load)},
          {"request_rate", json_number(point.request_rate)},
          {"limits", limits_of(point)},
          {"overloaded", point.overloaded},
          {"meets", point.meets},
          {"sure", point.sure},
          {"attainment", json_number(point.attainment)},
          {"output_throughput", json_number(point.output_throughput)},
          {"output_throughput_per_gpu", json_number(point.tokens_per_gpu)},
          {"median_interactivity", json_number(point.interactivity)},
          {"kv_cache_usage_max", json_number(point.kv_cache_usage_max)},
          {"hbm_utilization_busy", json_number(point.hbm_utilization_busy)},
          {"bound_by", point.bound_by},
          {"cost_per_hour", json_number(point.cost_per_hour)},
          {"cost_per_million_output", json_number(point.cost_per_million_output)},
          {"judged_requests", point.requests}};
}

Json layout_json(const PlanLayout& layout) {
  Json points = Json::array();
  for (const PlanPoint& point : layout.points) {
    points.push_back(point_json(point));
  }
  return {{"choice", pairs(layout.choice)},
          {"gpu", layout.gpu},
          {"gpus_per_replica", layout.gpus_per_replica},
          {"fate", spec::name_of(layout.fate, spec::kLayoutFateNames)},
          {"rule", layout.rule},
          {"reason", layout.reason},
          {"least_replicas", layout.least_replicas},
          {"on_front", layout.on_front},
          {"best", or_null(layout.best)},
          {"points", std::move(points)}};
}

Json asked_json(const spec::PlanSpec& plan) {
  return {{"objective", spec::name_of(plan.objective, spec::kObjectiveNames)},
          {"replicas", plan.replicas ? Json(*plan.replicas) : Json("auto")},
          {"max_gpus", plan.max_gpus},
          {"confidence", json_number(plan.confidence)},
          {"precision", json_number(plan.precision)},
          {"max_requests", plan.max_requests},
          {"draws", plan.draws},
          {"attainment", json_number(plan.attainment)}};
}

Json draws_json(const spec::PlanDraws& draws) {
  if (draws.draws == 0) {
    return nullptr;
  }
  return {{"draws", draws.draws},
          {"meet", draws.meet},
          {"meet_below", draws.meet_below},
          {"low", bound(draws.low)},
          {"high", bound(draws.high)}};
}

Json sensitivity_json(const PlanAnswer& answer) {
  const bool fewest = spec::is_minimum(answer.plan.objective);
  Json all = Json::array();
  for (const spec::PlanSensitivity& each : answer.sensitivity) {
    all.push_back({{"change", each.change},
                   {"replicas", fewest ? or_null(each.replicas) : Json(nullptr)},
                   {"gpus", fewest ? or_null(each.gpus) : Json(nullptr)},
                   {"request_rate", fewest ? Json(nullptr) : json_number(each.request_rate)}});
  }
  return all;
}

Json hours_json(const spec::PlanHours& hours) {
  Json all = Json::array();
  for (const spec::PlanHours::Hour& hour : hours.hours) {
    all.push_back({{"start_s", json_number(to_seconds(hour.start).value())},
                   {"request_rate", json_number(hour.rate)},
                   {"replicas", or_null(hour.replicas)}});
  }
  return {{"window_s", json_number(to_seconds(hours.window).value())}, {"hours", std::move(all)}};
}

Json miss_json(const spec::PlanMiss& miss) {
  return {{"layout", miss.layout}, {"point", or_null(miss.point)}, {"ways_out", miss.ways_out}};
}

Json serve_json(const PlanAnswer& answer) {
  if (!answer.run) {
    return nullptr;
  }
  const ServeCommand command = serve_command(*answer.run);
  return {{"command", command.line()}, {"notes", command.notes}};
}

Json counts_of(const PlanAnswer& answer) {
  Json counts = {{"layouts", answer.layouts.size()}};
  for (const std::string_view fate : spec::kLayoutFateNames) {
    counts[std::string(fate)] = 0;
  }
  for (const PlanLayout& layout : answer.layouts) {
    Json& count = counts[std::string(spec::name_of(layout.fate, spec::kLayoutFateNames))];
    count = count.get<std::int64_t>() + 1;
  }
  counts["simulations"] = answer.simulations;
  counts["simulated_requests"] = answer.simulated_requests;
  return counts;
}

Json question_json(const PlanAnswer& answer, const std::string& label) {
  Json layouts = Json::array();
  for (const PlanLayout& layout : answer.layouts) {
    layouts.push_back(layout_json(layout));
  }
  return {{"id", answer.id},
          {"variant", answer.variant},
          {"overrides", pairs(answer.overrides)},
          {"plan", asked_json(answer.plan)},
          {"sentence", plan_sentence(answer, label)},
          {"winner", or_null(answer.winner)},
          {"serve", serve_json(answer)},
          {"below", answer.below ? point_json(*answer.below) : Json(nullptr)},
          {"draws", draws_json(answer.draws)},
          {"sensitivity", sensitivity_json(answer)},
          {"hours", answer.hours ? hours_json(*answer.hours) : Json(nullptr)},
          {"miss", answer.miss ? miss_json(*answer.miss) : Json(nullptr)},
          {"counts", counts_of(answer)},
          {"layouts", std::move(layouts)}};
}

}  // namespace

std::string plan_json(const StudyResults& results) {
  const bool several = results.plans.size() > 1;
  const auto labels = question_labels(results.plans);
  Json questions = Json::array();
  for (std::size_t i = 0; i < results.plans.size(); ++i) {
    questions.push_back(question_json(results.plans[i], several ? labels[i] : ""));
  }
  return json_text({{"schema_version", kPlanSchemaVersion},
                    {"study", results.study},
                    {"kvsim_version", KVSIM_VERSION},
                    {"questions", std::move(questions)}});
}

}  // namespace kvsim::report
