// The GPU as a Machine: its memory, its tables of pages, and a workload for each point.
#pragma once

#include <map>
#include <memory>

#include "calibration/bench/cuda_check.cuh"
#include "calibration/bench/manifest.hpp"
#include "calibration/bench/nvml.hpp"
#include "calibration/bench/session.hpp"
#include "calibration/kernels/bf16.hpp"

namespace kvsim {
namespace bench {

struct GpuFacts {
  std::string name;
  std::string uuid;
  std::string pci_bus_id;
  int major = 0;
  int minor = 0;
  int multiprocessors = 0;
  int shared_bytes_of_block = 0;  ///< with opt-in
  std::int64_t l2_bytes = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t free_bytes = 0;
  double peak_bytes_per_second = 0;  ///< memory clock x bus width x 2; 0: not known
};

/// How many usable GPUs there are, and if none, why: for exit 77.
[[nodiscard]] int count_gpus(std::string& reason);
[[nodiscard]] GpuFacts read_facts();

class Gpu final : public Machine {
 public:
  explicit Gpu(const GpuFacts& facts);
  ~Gpu() override;

  [[nodiscard]] std::unique_ptr<Workload> prepare(const Point& point) override;
  [[nodiscard]] Telemetry& telemetry() override { return nvml_; }
  [[nodiscard]] double now() override;

  /// Half a second of work, so that clocks have left idle.
  void warm_up();

  [[nodiscard]] const GpuFacts& facts() const { return facts_; }
  [[nodiscard]] Nvml& nvml() { return nvml_; }
  [[nodiscard]] cudaStream_t stream() const { return stream_; }

  /// Random bf16, never zeros. Filled anew after `spoil_pool`.
  [[nodiscard]] kernels::Bf16* pool();
  [[nodiscard]] std::int64_t pool_bytes() const { return static_cast<std::int64_t>(pool_.size()); }
  void spoil_pool() { pool_is_random_ = false; }
  /// Random finite e4m3 codes.
  [[nodiscard]] std::uint8_t* fp8_pool();
  [[nodiscard]] std::int64_t fp8_pool_bytes() const;
  /// One word per thread of the largest grid: what readers leave.
  [[nodiscard]] std::uint32_t* folds() const { return folds_.get(); }
  /// For results of products; grows.
  [[nodiscard]] void* scratch(std::size_t bytes);

  /// A random order of the pages of a pool, on the device. Kept.
  [[nodiscard]] const int* page_order(int pages);
  /// The largest number of pages that is kept in random order: 8 GiB of 4 KiB.
  static constexpr std::int64_t kMostPages = std::int64_t{2} << 20;

 private:
  void fill_pool();

  GpuFacts facts_;
  Nvml nvml_;
  cudaStream_t stream_ = nullptr;
  Buffer<unsigned char> pool_;
  Buffer<unsigned char> fp8_pool_;
  Buffer<unsigned char> scratch_;
  Buffer<std::uint32_t> folds_;
  bool pool_is_random_ = false;
  std::map<int, Buffer<int>> page_orders_;
};

/// What is told of the GPU in manifest.json.
void describe(const Gpu& gpu, Nvml& nvml, Manifest& manifest);

/// Sets of data so that none is used again before this many bytes of others went by: 80 times the
/// 50 MB of H100's L2, so that at most 1 % of them can still be there.
inline constexpr std::int64_t kReuseDistance = std::int64_t{4} << 30;

/// Largest grid of the streaming kernels, in threads: 8 blocks of 512 for each of 256 SMs.
inline constexpr std::size_t kMostStreamThreads = std::size_t{8} * 512 * 256;

}  // namespace bench
}  // namespace kvsim
