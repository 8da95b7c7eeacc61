// What is said of a plan's limits, wherever it is said.
#pragma once

#include <string>

#include "sim/spec/plan_result.hpp"

namespace kvsim::spec {

/// "p99 TTFT" of "p99_ttft_ms"; a word without '_' as it is.
[[nodiscard]] std::string metric_name(const std::string& metric);

/// The limit with the largest value / limit, the first of equals; null without limits.
[[nodiscard]] const PlanLimit* worst_limit(const PlanPoint& point);

}  // namespace kvsim::spec
