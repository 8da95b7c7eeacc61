// plan.json: what a planner found, for scripts. Keys are a contract: extend, do not rename.
//
//   {schema_version, study, kvsim_version, questions: [{id, variant, overrides, plan, sentence,
//    winner, serve, below, draws, sensitivity, hours, miss, counts, layouts: [{choice, gpu,
//    gpus_per_replica, fate, rule, reason, least_replicas, on_front, best, points}]}]}
//
// `winner`, `best` and those of `miss` are positions in `layouts` and `points`. Latencies are
// milliseconds, rates are per second, shares lie in 0..1. null means "there is none"; of an end of
// an interval, that it is unbounded.
#pragma once

#include <string>

#include "sim/report/study_results.hpp"

namespace kvsim::report {

inline constexpr int kPlanSchemaVersion = 1;

[[nodiscard]] std::string plan_json(const StudyResults& results);

}  // namespace kvsim::report
