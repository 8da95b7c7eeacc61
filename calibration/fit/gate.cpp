#include "calibration/fit/gate.hpp"

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

bool may_come_from_l2(const GateSample& sample, const spec::GpuSpec& gpu) {
  const double limit = kColdWorkingSet * static_cast<double>(gpu.l2_cache.value());
  return !sample.is_cold && static_cast<double>(sample.working_set.value()) < limit;
}

}  // namespace

GateVerdict judge(const GateSample& sample, const spec::GpuSpec& gpu) {
  KVSIM_CHECK(sample.time > Seconds(0), "a measured time is not positive");
  const bool warm = may_come_from_l2(sample, gpu);
  if (!warm && sample.bytes / (gpu.hbm.bandwidth * kBandwidthSlack) > sample.time) {
    return GateVerdict::AboveBandwidth;
  }
  if (sample.flops / spec::peak_rate(gpu, sample.compute_dtype) > sample.time) {
    return GateVerdict::AboveComputeRate;
  }
  return warm ? GateVerdict::Warm : GateVerdict::Accepted;
}

std::int64_t& count_of(GateCounts& counts, GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::Accepted:
      return counts.accepted;
    case GateVerdict::Warm:
      return counts.warm;
    case GateVerdict::AboveBandwidth:
      return counts.above_bandwidth;
    case GateVerdict::AboveComputeRate:
      return counts.above_compute_rate;
  }
  return counts.accepted;
}

}  // namespace kvsim::fit
