// The GPUs in configs/gpus against each other and against what their makers say.
#include <gtest/gtest.h>

#include "library.hpp"

namespace kvsim {
namespace {

spec::GpuSpec shipped_gpu(const char* name) {
  return config::load_gpu(name, test::shipped_library());
}

TEST(CatalogueGpus, PeakRatesDoubleAsTheFormatHalves) {
  for (const spec::GpuSpec& gpu : config::load_gpus(test::shipped_library())) {
    const double bf16 = gpu.peak.bf16.value();
    const double fp8 = peak_rate(gpu, spec::Dtype::Fp8).value();
    if (gpu.peak.fp8) {
      EXPECT_NEAR(fp8 / bf16, 2, 0.03) << gpu.name;
    }
    if (gpu.peak.fp4) {
      EXPECT_GE(peak_rate(gpu, spec::Dtype::Nvfp4).value() / fp8, 1.99) << gpu.name;
    }
    EXPECT_EQ(peak_rate(gpu, spec::Dtype::Int4), gpu.peak.bf16) << gpu.name;
  }
}

// Most datasheets write GB for GiB, so more is visible than they say (up to 1.0737 = 2^30 / 10^9),
// less the little that firmware and ECC keep.
TEST(CatalogueGpus, VisibleMemoryIsNearTheCapacity) {
  for (const spec::GpuSpec& gpu : config::load_gpus(test::shipped_library())) {
    const double visible = static_cast<double>(gpu.hbm.visible.value());
    const double capacity = static_cast<double>(gpu.hbm.capacity.value());
    EXPECT_GT(visible / capacity, 0.98) << gpu.name;
    EXPECT_LE(visible / capacity, 1.0738) << gpu.name;
  }
}

// NVIDIA's announcements: 10 and 15 PFLOP/s of dense fp4, 9 of the B200; AMD's: 10.07.
TEST(CatalogueGpus, OnlyTheLatestHaveFp4) {
  EXPECT_EQ(shipped_gpu("b200-sxm").peak.fp4, FlopsPerSecond(9000e12));
  EXPECT_EQ(shipped_gpu("gb200").peak.fp4, FlopsPerSecond(10'000e12));
  EXPECT_EQ(shipped_gpu("gb300").peak.fp4, FlopsPerSecond(15'000e12));
  EXPECT_EQ(shipped_gpu("mi355x").peak.fp4, FlopsPerSecond(10'066e12));
  EXPECT_FALSE(shipped_gpu("h100-sxm").peak.fp4);
  EXPECT_FALSE(shipped_gpu("a100-80gb-sxm").peak.fp8);
}

// RTX A6000: 309.7 TFLOP/s with sparsity are 154.8 without; 112.5 GB/s of NVLink both ways are
// 56.25 each way.
TEST(CatalogueGpus, SparseRatesAndTwoWayLinksAreHalved) {
  const spec::GpuSpec gpu = shipped_gpu("rtx-a6000");
  EXPECT_NEAR(gpu.peak.bf16.value(), 309.7e12 / 2, 0.1e12);
  EXPECT_EQ(gpu.nvlink_bandwidth, BytesPerSecond(112.5e9 / 2));
  EXPECT_EQ(gpu.hbm.bandwidth, BytesPerSecond(768e9));
}

// A TPU has no SMs and no L2 cache, and 4 ports of ICI: 1600 Gbit/s = 200 GB/s each way.
TEST(CatalogueGpus, TpusAreDescribedInTheSameWords) {
  const spec::GpuSpec tpu = shipped_gpu("tpu-v5e");
  EXPECT_EQ(tpu.streaming_multiprocessors, 1);
  EXPECT_EQ(tpu.l2_cache, Bytes(0));
  EXPECT_EQ(tpu.nvlink_bandwidth, BytesPerSecond(200e9));
}

}  // namespace
}  // namespace kvsim
