// Numbers that are well formed but beyond what can be simulated, refused by name.
#pragma once

#include "sim/spec/workload.hpp"

namespace kvsim::workload {

inline constexpr std::int64_t kLongestRequest = 1'000'000'000;  ///< tokens, prompt or output
inline constexpr double kSmallestBurstiness = 1e-3;  ///< gaps then vary by 32 times their mean

/// Throws ConfigError with everything that is out of reach in `workload`.
void check_limits(const spec::WorkloadSpec& workload);

}  // namespace kvsim::workload
