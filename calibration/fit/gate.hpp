// The physical gate: measured rows that no GPU of this kind can have produced are left out of fits.
//
//   bytes / time > 1.02 x HBM peak, unless the data may have come from L2   rejected
//   FLOPs / time > peak rate of the format                                  rejected
//   working set < 3 x L2 and caches not flushed                             warm: kept apart
//
// A benchmark that repeats one kernel on one buffer reads what fits from L2, faster than HBM: such
// rows are true, but say nothing of a server that reads each byte once per step. Published tables
// of H100 decode attention exceed the HBM peak from one row to the next below 3 x L2, and no longer
// above; 2 % covers the rounding of times and byte counts.
#pragma once

#include <cstdint>

#include "sim/base/quantity.hpp"
#include "sim/spec/gpu.hpp"

namespace kvsim::fit {

inline constexpr double kBandwidthSlack = 1.02;  // see above
inline constexpr double kColdWorkingSet = 3;     // in L2 sizes; see above

/// One measured run of a kernel.
struct GateSample {
  Bytes bytes;        ///< that must be read and written
  Flops flops;        ///< that must be computed
  Bytes working_set;  ///< that repetitions reuse, such as the KV cache of the batch
  Seconds time;
  spec::Dtype compute_dtype = spec::Dtype::Bf16;  ///< of the multiplications
  bool is_cold = false;  ///< buffers rotated or L2 flushed: never warm, whatever its size
};

enum class GateVerdict { Accepted, Warm, AboveBandwidth, AboveComputeRate };

struct GateCounts {
  std::int64_t accepted = 0;
  std::int64_t warm = 0;
  std::int64_t above_bandwidth = 0;
  std::int64_t above_compute_rate = 0;
  friend bool operator==(const GateCounts&, const GateCounts&) = default;
};

/// A sample that is above both peaks counts as above the bandwidth.
/// Requires: time > 0 (checked).
[[nodiscard]] GateVerdict judge(const GateSample& sample, const spec::GpuSpec& gpu);
/// The count that a verdict belongs to.
[[nodiscard]] std::int64_t& count_of(GateCounts& counts, GateVerdict verdict);

}  // namespace kvsim::fit
