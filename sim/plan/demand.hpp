// What a workload asks of whoever serves it, from its first requests.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::plan {

/// Of later turns of conversations only what they add is left out, so all figures are lower ends.
struct Demand {
  std::int64_t requests = 0;          ///< looked at
  double prompt_tokens = 0;           ///< mean
  double output_tokens = 0;           ///< mean
  double decode_context = 0;          ///< tokens that a decode step attends to, mean over all steps
  std::vector<std::int64_t> prompts;  ///< ascending; empty where prefixes may be found in a cache
  std::int64_t shortest = 1;          ///< prompt
  /// Requests per second that a server must keep up with; absent in a closed loop and with
  /// everything queued at once, which wait for answers.
  std::optional<double> request_rate;
};

/// Looks at the first million requests at most. Throws ConfigError as the workload's source does.
[[nodiscard]] Demand demand_of(const spec::RunSpec& run);

}  // namespace kvsim::plan
