#include "sim/spec/gpu.hpp"

namespace kvsim::spec {
namespace {

// Most datasheets write GB for GiB: an H100 of "80 GB" shows 79.1 GiB = 84.9 GB. (B300's do not.)
constexpr double kLargestGb = 0x1p30 / 1e9;

}  // namespace

BytesPerSecond link_bandwidth(const GpuSpec& gpu) {
  return gpu.nvlink_bandwidth.value_or(gpu.pcie_bandwidth);
}

FlopsPerSecond peak_rate(const GpuSpec& gpu, Dtype dtype) {
  switch (dtype) {
    case Dtype::Fp8:
    case Dtype::Fp8Block:
    case Dtype::Int8:
      return gpu.peak.fp8.value_or(gpu.peak.bf16);
    case Dtype::Mxfp4:
    case Dtype::Nvfp4:
      return gpu.peak.fp4.value_or(gpu.peak.bf16);
    case Dtype::Bf16:
    case Dtype::Fp16:
    case Dtype::Int4:
      break;
  }
  return gpu.peak.bf16;
}

void describe(FieldVisitor& visitor, HbmSpec& hbm) {
  visitor.field(above(required("capacity", "HBM size on the datasheet"), 0), hbm.capacity);
  visitor.field(above(required("visible", "total memory that CUDA reports"), 0), hbm.visible);
  visitor.field(above(required("bandwidth", "peak HBM bandwidth on the datasheet"), 0),
                hbm.bandwidth);
  visitor.rule(static_cast<double>(hbm.visible.value()) <=
                   kLargestGb * static_cast<double>(hbm.capacity.value()),
               "visible", "is larger than the capacity, even if the datasheet's GB are GiB",
               "CUDA reports a little less than the datasheet: mind GB (10^9) and GiB (2^30)");
}

void describe(FieldVisitor& visitor, PeakSpec& peak) {
  visitor.field(above(required("bf16", "dense bf16 rate, without sparsity"), 0), peak.bf16);
  visitor.optional_field(above(optional("fp8", "dense fp8 rate; absent: no fp8 units"), 0),
                         peak.fp8);
  visitor.optional_field(above(optional("fp4", "dense fp4 rate; absent: no fp4 units"), 0),
                         peak.fp4);
}

void describe(FieldVisitor& visitor, GpuSpec& gpu) {
  visitor.field(required("name", "the name under which cards know this GPU"), gpu.name);
  visitor.field(required("source", "where these figures come from"), gpu.source);
  visitor.field(optional("vendor", "whose kernels run on it"), gpu.vendor);
  visitor.group(required("hbm", "high-bandwidth memory"), gpu.hbm);
  visitor.group(required("peak", "peak compute rates"), gpu.peak);
  visitor.field(at_least(required("streaming_multiprocessors", "number of SMs (or CUs)"), 1),
                gpu.streaming_multiprocessors);
  visitor.field(at_least(required("l2_cache", "size of the L2 cache"), 0), gpu.l2_cache);
  visitor.optional_field(
      above(optional("nvlink_bandwidth", "NVLink bandwidth of one GPU, per direction"), 0),
      gpu.nvlink_bandwidth);
  visitor.field(above(required("pcie_bandwidth", "PCIe bandwidth, per direction"), 0),
                gpu.pcie_bandwidth);
  visitor.optional_field(
      above(optional("tdp", "thermal design power on the datasheet; absent: no energy"), 0),
      gpu.tdp);
  visitor.optional_field(
      at_least(optional("idle_power", "power of a GPU that waits, measured; absent: counts as 0"),
               0),
      gpu.idle_power);
  visitor.rule(!gpu.idle_power || (gpu.tdp && *gpu.idle_power <= *gpu.tdp), "idle_power",
               "is more than the tdp, or there is none", "give tdp, and less than that here");
}

}  // namespace kvsim::spec
