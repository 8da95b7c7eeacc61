#include "calibration/fit/gate.hpp"

#include <gtest/gtest.h>

#include <array>

#include "shapes.hpp"
#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using namespace literals;

// A GPU of round figures: 1 TB/s, 100 TFLOP/s in bf16, 200 in fp8, L2 of 10 MB: cold from 30 MB on.
spec::GpuSpec round_gpu() {
  spec::GpuSpec gpu = test::h100();
  gpu.hbm.bandwidth = BytesPerSecond(1e12);
  gpu.peak.bf16 = FlopsPerSecond(100e12);
  gpu.peak.fp8 = FlopsPerSecond(200e12);
  gpu.l2_cache = Bytes(10'000'000);
  return gpu;
}

// 1 GB takes 1 ms at the peak.
GateSample reading_1_gb(double milliseconds) {
  return {
      .bytes = 1_GB, .flops = Flops(0), .working_set = 1_GB, .time = Seconds(milliseconds / 1e3)};
}

TEST(Gate, AcceptsUpTo2PercentAboveTheBandwidth) {
  EXPECT_EQ(judge(reading_1_gb(1.0), round_gpu()), GateVerdict::Accepted);
  EXPECT_EQ(judge(reading_1_gb(1 / 1.019), round_gpu()), GateVerdict::Accepted);
  EXPECT_EQ(judge(reading_1_gb(1 / 1.021), round_gpu()), GateVerdict::AboveBandwidth);
}

// A working set of 29.9 MB may sit in L2: no limit by HBM, and kept apart.
TEST(Gate, KeepsASmallWorkingSetApart) {
  GateSample sample = reading_1_gb(0.5);
  sample.working_set = Bytes(29'900'000);
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::Warm);
  sample.working_set = Bytes(30'000'000);
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::AboveBandwidth);
}

TEST(Gate, AColdSampleIsNeverWarm) {
  GateSample sample = reading_1_gb(2);
  sample.working_set = Bytes(1000);
  sample.is_cold = true;
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::Accepted);
  sample.time = Seconds(0.5e-3);
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::AboveBandwidth);
}

// 150 GFLOP in 1 ms are 150 TFLOP/s: too fast for bf16, possible in fp8.
TEST(Gate, KnowsThePeakOfTheFormat) {
  GateSample sample = reading_1_gb(1);
  sample.flops = Flops(150e9);
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::AboveComputeRate);
  sample.compute_dtype = spec::Dtype::Fp8;
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::Accepted);
}

TEST(Gate, AWarmSampleStillObeysTheComputeRate) {
  GateSample sample = reading_1_gb(1);
  sample.working_set = 1_MiB;
  sample.flops = Flops(150e9);
  EXPECT_EQ(judge(sample, round_gpu()), GateVerdict::AboveComputeRate);
}

TEST(Gate, CountsEachReason) {
  GateSample warm = reading_1_gb(0.1);
  warm.working_set = 1_MiB;
  GateSample computes = reading_1_gb(2);
  computes.flops = Flops(1e15);
  GateSample both = reading_1_gb(0.1);
  both.flops = Flops(1e15);
  const std::array samples = {reading_1_gb(1),   warm,     reading_1_gb(3),
                              reading_1_gb(0.5), computes, both};
  GateCounts counts;
  for (const GateSample& sample : samples) {
    ++count_of(counts, judge(sample, round_gpu()));
  }
  EXPECT_EQ(counts,
            (GateCounts{.accepted = 2, .warm = 1, .above_bandwidth = 2, .above_compute_rate = 1}));
  EXPECT_EQ(judge(warm, round_gpu()), GateVerdict::Warm);
  EXPECT_EQ(judge(both, round_gpu()), GateVerdict::AboveBandwidth);
}

TEST(Gate, RefusesATimeThatIsNotPositive) {
  EXPECT_THROW(static_cast<void>(judge(reading_1_gb(0), round_gpu())), InternalError);
}

}  // namespace
}  // namespace kvsim::fit
