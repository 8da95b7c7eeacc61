// The same run with more or less to do.
#pragma once

#include <optional>

#include "sim/spec/study.hpp"

namespace kvsim::plan {

/// `factor` times as many requests per second, or clients; lengths and their order stay. Nothing
/// for a workload without a rate: everything queued at once. Requires: factor > 0.
[[nodiscard]] std::optional<spec::RunSpec> with_load(const spec::RunSpec& run, double factor);

/// Prompts and outputs `factor` times as long, arrivals as they are. Nothing where a trace gives
/// the lengths. Requires: factor > 0.
[[nodiscard]] std::optional<spec::RunSpec> with_lengths(const spec::RunSpec& run, double factor);

}  // namespace kvsim::plan
