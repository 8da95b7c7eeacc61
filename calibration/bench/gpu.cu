#include "calibration/bench/gpu.cuh"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

#include "calibration/bench/workloads.cuh"
#include "calibration/kernels/fill.cuh"

namespace kvsim {
namespace bench {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kLargestPool = 32 * kGiB;
constexpr std::int64_t kReserve = 6 * kGiB;  // for fp8 weights, results, partial results
constexpr std::int64_t kFp8Pool = 4 * kGiB;

int attribute(cudaDeviceAttr which) {
  int value = 0;
  if (cudaDeviceGetAttribute(&value, which, 0) != cudaSuccess) {
    cudaGetLastError();  // forget it: this attribute is optional
    return 0;
  }
  return value;
}

std::size_t pool_size(const GpuFacts& facts) {
  const std::int64_t reserve = std::min(kReserve, facts.free_bytes / 3);
  const std::int64_t bytes = std::min(kLargestPool, facts.free_bytes - reserve);
  return static_cast<std::size_t>(bytes / (1 << 20) * (1 << 20));
}

std::string hex_of(const cudaUUID_t& uuid) {
  std::string text;
  char digits[4];
  for (const char byte : uuid.bytes) {
    std::snprintf(digits, sizeof digits, "%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(byte)));
    text += digits;
  }
  return text;
}

}  // namespace

int count_gpus(std::string& reason) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    reason = driver == 0 ? "no NVIDIA driver" : cudaGetErrorString(status);
    return 0;
  }
  if (count == 0) {
    reason = "the driver lists none";
  }
  return count;
}

GpuFacts read_facts() {
  check(cudaSetDevice(0), "cudaSetDevice");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  GpuFacts facts;
  facts.name = properties.name;
  facts.uuid = hex_of(properties.uuid);
  facts.major = properties.major;
  facts.minor = properties.minor;
  facts.multiprocessors = properties.multiProcessorCount;
  facts.shared_bytes_of_block = static_cast<int>(properties.sharedMemPerBlockOptin);
  facts.l2_bytes = properties.l2CacheSize;
  char bus[32] = "";
  check(cudaDeviceGetPCIBusId(bus, sizeof bus, 0), "cudaDeviceGetPCIBusId");
  facts.pci_bus_id = bus;
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  facts.free_bytes = static_cast<std::int64_t>(free);
  facts.memory_bytes = static_cast<std::int64_t>(total);
  // kHz and bits; two transfers a clock (double data rate).
  facts.peak_bytes_per_second = 2.0 * 1e3 * attribute(cudaDevAttrMemoryClockRate) *
                                attribute(cudaDevAttrGlobalMemoryBusWidth) / 8;
  return facts;
}

Gpu::Gpu(const GpuFacts& facts)
    : facts_(facts), nvml_(facts.pci_bus_id), pool_(pool_size(facts)), folds_(kMostStreamThreads) {
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
}

Gpu::~Gpu() { cudaStreamDestroy(stream_); }

double Gpu::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Gpu::fill_pool() {
  kernels::fill_bf16<<<8 * facts_.multiprocessors, kernels::kFillThreads, 0, stream_>>>(
      reinterpret_cast<std::uint32_t*>(pool_.get()), pool_bytes() / 4, 1);
  check_launch("fill_bf16");
  check(cudaStreamSynchronize(stream_), "fill_bf16");
  pool_is_random_ = true;
}

kernels::Bf16* Gpu::pool() {
  if (!pool_is_random_) {
    fill_pool();
  }
  return reinterpret_cast<kernels::Bf16*>(pool_.get());
}

void Gpu::warm_up() {
  constexpr double kSeconds = 0.5;  // longer than clocks take to rise, by far
  for (const double begin = now(); now() - begin < kSeconds;) {
    fill_pool();
  }
}

std::int64_t Gpu::fp8_pool_bytes() const { return std::min(kFp8Pool, facts_.memory_bytes / 8); }

std::uint8_t* Gpu::fp8_pool() {
  if (fp8_pool_.size() == 0) {
    fp8_pool_ = Buffer<unsigned char>(static_cast<std::size_t>(fp8_pool_bytes()));
    kernels::fill_e4m3<<<8 * facts_.multiprocessors, kernels::kFillThreads, 0, stream_>>>(
        reinterpret_cast<std::uint32_t*>(fp8_pool_.get()), fp8_pool_bytes() / 4, 2);
    check_launch("fill_e4m3");
    check(cudaStreamSynchronize(stream_), "fill_e4m3");
  }
  return fp8_pool_.get();
}

void* Gpu::scratch(std::size_t bytes) {
  if (scratch_.size() < bytes) {
    scratch_ = Buffer<unsigned char>();  // free the old one first
    scratch_ = Buffer<unsigned char>(bytes);
  }
  return scratch_.get();
}

const int* Gpu::page_order(int pages) {
  auto found = page_orders_.find(pages);
  if (found == page_orders_.end()) {
    std::vector<int> order(static_cast<std::size_t>(pages));
    std::iota(order.begin(), order.end(), 0);
    std::mt19937 random(static_cast<std::uint32_t>(pages));
    std::shuffle(order.begin(), order.end(), random);
    found = page_orders_.emplace(pages, Buffer<int>(order)).first;
  }
  return found->second.get();
}

std::unique_ptr<Workload> Gpu::prepare(const Point& point) {
  switch (point.op) {
    case Op::DecodeAttention:
    case Op::DecodeAttentionMla:
      return make_decode(*this, point);
    case Op::Gemm:
      return make_gemm(*this, point);
    case Op::KernelLaunch:
    case Op::GraphNode:
    case Op::HostToDevice:
    case Op::DeviceToHost:
      return make_launch_or_copy(*this, point);
    default:
      return make_stream(*this, point);
  }
}

void describe(const Gpu& gpu, Nvml& nvml, Manifest& manifest) {
  const GpuFacts& facts = gpu.facts();
  const auto mode = [](int value) {
    return std::string(value < 0 ? "unknown" : (value == 0 ? "off" : "on"));
  };
  int driver = 0;
  int runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  manifest.text("device", facts.name);
  manifest.text("gpu", kvsim_gpu_name(facts.name));
  manifest.text("device_fingerprint", fingerprint(facts.uuid));
  manifest.text("compute_capability",
                std::to_string(facts.major) + "." + std::to_string(facts.minor));
  manifest.number("streaming_multiprocessors", facts.multiprocessors);
  manifest.number("l2_bytes", static_cast<double>(facts.l2_bytes));
  manifest.number("memory_bytes", static_cast<double>(facts.memory_bytes));
  manifest.number("free_bytes_at_start", static_cast<double>(facts.free_bytes));
  manifest.number("peak_bytes_per_second", facts.peak_bytes_per_second);
  manifest.text("driver", nvml.driver_version());
  manifest.number("cuda_driver_api", driver);
  manifest.number("cuda_runtime", runtime);
  manifest.number("cublaslt", cublaslt_version());
  manifest.flag("nvml", nvml.is_there());
  manifest.text("ecc", mode(nvml.ecc()));
  manifest.text("mig", mode(nvml.mig()));
  manifest.number("power_limit_w", nvml.power_limit_w());
  manifest.number("max_sm_mhz", nvml.max_sm_mhz());
  manifest.number("pcie_generation", nvml.pcie_generation());
  manifest.number("pcie_width", nvml.pcie_width());
}

}  // namespace bench
}  // namespace kvsim
