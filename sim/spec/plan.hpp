// What a planner is asked: the layouts to choose from and what the best one is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::spec {

/// MinGpus, MinCost: carry the study's traffic within its limits. MaxThroughput: carry as much of
/// it as `max_gpus` GPUs can within its limits. MaxGoodput: the same, but of all requests only
/// `attainment` need to stay within all limits, each by itself.
enum class Objective { MinGpus, MinCost, MaxThroughput, MaxGoodput };
inline constexpr std::array<std::string_view, 4> kObjectiveNames = {
    "min_gpus", "min_cost", "max_throughput", "max_goodput"};
[[nodiscard]] constexpr bool is_minimum(Objective objective) {
  return objective == Objective::MinGpus || objective == Objective::MinCost;
}

struct PlanSpec {
  Objective objective = Objective::MinGpus;
  std::optional<std::int64_t> replicas;  ///< absent: as many as it takes
  std::int64_t max_gpus = 1024;          ///< of one layout
  double confidence = 0.95;              ///< of intervals and of "do not suffice"
  double precision = 0.05;              ///< half width of an interval at which a run is long enough
  std::int64_t max_requests = 200'000;  ///< of one simulation
  std::int64_t draws = 20;              ///< of prices and arrivals, for "how sure"; 0: none
  double attainment = 0.9;              ///< MaxGoodput only
};

/// One way to lay out a replica.
struct Layout {
  std::vector<std::pair<std::string, std::string>> choice;  ///< searched key, value as written
  RunSpec run;
};

/// One search: a variant at a point of the sweep, and the layouts that may serve it.
struct PlanQuestion {
  std::string id;  ///< of the run that it would be
  std::string variant;
  std::vector<std::pair<std::string, std::string>> overrides;  ///< as in RunSpec
  std::vector<Layout> layouts;  ///< first searched key turning slowest; at least one
};

struct PlanStudy {
  StudySpec study;  ///< its runs: the first layout of each question
  PlanSpec plan;
  std::vector<PlanQuestion> questions;
};

void describe(FieldVisitor& visitor, PlanSpec& plan);

}  // namespace kvsim::spec
