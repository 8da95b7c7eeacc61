// What a prefix cache of any size would find in a run's requests: memory/stack_distances.hpp over
// its workload, in order of arrival, answers coming at once. One cache for all replicas together,
// so a router that spreads what belongs together finds less. Over the first 100 000 requests at
// most.
#pragma once

#include <optional>

#include "sim/spec/result.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cluster {

/// Nothing where prefixes are not cached, or no request has anything in common with another that is
/// known. Throws ConfigError as the workload's source does.
[[nodiscard]] std::optional<spec::PrefixCurve> prefix_curve(const spec::RunSpec& run);

}  // namespace kvsim::cluster
