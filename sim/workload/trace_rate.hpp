// A trace at another mean rate: every gap shrinks or grows alike, so that bursts keep their shape.
//
//   own rate = (n - 1) / (last arrival - first arrival)      of the n requests that are replayed
//   speedup  = wanted rate / own rate
//
// The span has to be known before the first request is placed, so the trace is read twice.
#pragma once

#include "sim/spec/workload.hpp"

namespace kvsim::workload {

/// The workload with its `request_rate` put into `speedup`; without one as it is.
/// Throws ConfigError: the trace cannot be read, or its requests have no span to stretch.
[[nodiscard]] spec::WorkloadSpec with_own_speedup(const spec::WorkloadSpec& workload);

}  // namespace kvsim::workload
