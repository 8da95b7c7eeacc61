// Which limits of the slo a run met.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::report {

struct LimitCheck {
  std::string_view metric;     ///< ttft, tpot or e2el
  std::string_view statistic;  ///< mean, median, p90, p95 or p99
  double limit_ms = 0;
  double value_ms = 0;
  bool met = false;  ///< value <= limit, as vLLM's goodput; never when no request finished
};

/// Every limit that the run's slo sets, in its order; empty without an slo.
[[nodiscard]] std::vector<LimitCheck> check_limits(const spec::RunResult& run);

/// Every limit of every run is met. A run without limits meets them.
[[nodiscard]] bool all_limits_met(const std::vector<spec::RunResult>& runs);

/// "p99 TTFT"
[[nodiscard]] std::string limit_name(const LimitCheck& check);

}  // namespace kvsim::report
