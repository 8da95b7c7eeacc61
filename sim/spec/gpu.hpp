// What a GPU's datasheet says, and the memory that CUDA reports.
#pragma once

#include <string>

#include "sim/spec/dtype.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

struct HbmSpec {
  Bytes capacity;            ///< as the datasheet counts it
  Bytes visible;             ///< total memory as CUDA reports it; engines budget from this
  BytesPerSecond bandwidth;  ///< datasheet peak
};

struct PeakSpec {
  FlopsPerSecond bf16;  ///< dense, without sparsity
  std::optional<FlopsPerSecond> fp8;
  std::optional<FlopsPerSecond> fp4;
};

struct GpuSpec {
  std::string name;
  std::string source;
  std::string vendor = "nvidia";  ///< whose kernels run: cards are lent within one vendor only
  HbmSpec hbm;
  PeakSpec peak;
  std::int64_t streaming_multiprocessors = 0;
  Bytes l2_cache;
  std::optional<BytesPerSecond> nvlink_bandwidth;  ///< per direction, all links of one GPU
  BytesPerSecond pcie_bandwidth;                   ///< per direction
  std::optional<Watts> tdp{};         ///< thermal design power; absent: energy is not estimated
  std::optional<Watts> idle_power{};  ///< absent: nobody has said; idle time then counts as nothing
};

/// Link of one GPU, per direction: NVLink, or PCIe where there is none.
[[nodiscard]] BytesPerSecond link_bandwidth(const GpuSpec& gpu);

/// Peak rate of multiplications in this format. A GPU without units for it computes in bf16; int4
/// is weight-only and always does. int8 counts as fp8: their rates are equal where both exist.
[[nodiscard]] FlopsPerSecond peak_rate(const GpuSpec& gpu, Dtype dtype);

void describe(FieldVisitor& visitor, HbmSpec& hbm);
void describe(FieldVisitor& visitor, PeakSpec& peak);
void describe(FieldVisitor& visitor, GpuSpec& gpu);

}  // namespace kvsim::spec
