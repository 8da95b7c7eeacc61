#include "sim/report/snapshot_plan.hpp"

#include <cmath>
#include <limits>

#include "sim/report/json_optional.hpp"
#include "sim/report/json_time.hpp"

// One line per struct, as in snapshot.cpp.
namespace kvsim::spec {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanSpec, objective, replicas, max_gpus, confidence, precision,
                                   max_requests, draws, attainment)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanLimit, metric, limit_ms, value_ms, low_ms, high_ms, met,
                                   sure)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanPoint, replicas, gpus, load, request_rate, limits,
                                   overloaded, meets, sure, attainment, output_throughput,
                                   tokens_per_gpu, interactivity, kv_cache_usage_max,
                                   hbm_utilization_busy, bound_by, cost_per_hour,
                                   cost_per_million_output, requests)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanLayout, choice, gpu, gpus_per_replica, fate, rule, reason,
                                   least_replicas, points, best, on_front)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanSensitivity, change, replicas, gpus, request_rate)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanDraws, draws, meet, meet_below, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanHours::Hour, start, rate, replicas)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanHours, window, hours)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanMiss, layout, point, ways_out)
}  // namespace kvsim::spec

namespace kvsim::report {
namespace {

using nlohmann::json;

constexpr const char* kNotFinite = "not_finite";  // only key of an object that stands for a number

// JSON has no infinity, and intervals may be unbounded.
void spell_not_finite(json& j) {
  if (j.is_number_float() && !std::isfinite(j.get<double>())) {
    const auto value = j.get<double>();
    j = {{kNotFinite, std::isnan(value) ? "nan" : (value > 0 ? "inf" : "-inf")}};
  } else if (j.is_structured()) {
    for (json& child : j) {
      spell_not_finite(child);
    }
  }
}

void read_not_finite(json& j) {
  using Limits = std::numeric_limits<double>;
  if (j.is_object() && j.size() == 1 && j.contains(kNotFinite)) {
    const auto word = j.at(kNotFinite).get<std::string>();
    j = word == "nan" ? Limits::quiet_NaN() : (word == "inf" ? 1 : -1) * Limits::infinity();
  } else if (j.is_structured()) {
    for (json& child : j) {
      read_not_finite(child);
    }
  }
}

}  // namespace

json snapshot_of_plan(const spec::PlanAnswer& answer) {
  json j = {{"id", answer.id},
            {"variant", answer.variant},
            {"overrides", answer.overrides},
            {"plan", answer.plan},
            {"layouts", answer.layouts},
            {"winner", answer.winner},
            {"below", answer.below},
            {"draws", answer.draws},
            {"sensitivity", answer.sensitivity},
            {"hours", answer.hours},
            {"miss", answer.miss},
            {"simulations", answer.simulations},
            {"simulated_requests", answer.simulated_requests}};
  spell_not_finite(j);
  return j;
}

spec::PlanAnswer plan_from_snapshot(const json& written) {
  json j = written;
  read_not_finite(j);
  spec::PlanAnswer answer;
  j.at("id").get_to(answer.id);
  j.at("variant").get_to(answer.variant);
  j.at("overrides").get_to(answer.overrides);
  j.at("plan").get_to(answer.plan);
  j.at("layouts").get_to(answer.layouts);
  j.at("winner").get_to(answer.winner);
  j.at("below").get_to(answer.below);
  j.at("draws").get_to(answer.draws);
  j.at("sensitivity").get_to(answer.sensitivity);
  j.at("hours").get_to(answer.hours);
  j.at("miss").get_to(answer.miss);
  j.at("simulations").get_to(answer.simulations);
  j.at("simulated_requests").get_to(answer.simulated_requests);
  return answer;
}

}  // namespace kvsim::report
