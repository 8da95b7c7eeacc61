// Streams, L2 and random pages, and what they left behind checked on the host.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "calibration/bench/graph_workload.cuh"
#include "calibration/bench/workloads.cuh"
#include "calibration/kernels/streams.cuh"

namespace kvsim {
namespace bench {
namespace {

using kernels::kStreamThreads;
using kernels::Wide;

// Two blocks of 512 threads fill an SM's registers at eight loads a thread. Of a stream four rounds
// of them even out the end; what stays in L2 is read by the blocks that fit at once.
constexpr int kStreamBlocks = 8;  // per SM
constexpr int kL2Blocks = 2;

int grid_for(const Gpu& gpu, std::int64_t wides, int blocks_of_sm = kStreamBlocks) {
  const std::int64_t most = std::int64_t{blocks_of_sm} * gpu.facts().multiprocessors;
  const std::int64_t needed = (wides + kStreamThreads - 1) / kStreamThreads;
  return static_cast<int>(std::max<std::int64_t>(1, std::min(most, needed)));
}

class StreamWorkload final : public GraphWorkload {
 public:
  StreamWorkload(Gpu& gpu, const Point& point)
      : GraphWorkload(gpu),
        op_(point.op),
        name_(point.kernel),
        size_(point["size"]),
        passes_(static_cast<int>(point.value_or("passes", 1))),
        pool_(gpu.pool()) {
    const std::int64_t needed = op_ == Op::StreamCopy ? 2 * size_ : size_;
    if (needed > gpu.pool_bytes()) {
      throw Unsupported("larger than the pool of this GPU");
    }
    if (op_ == Op::L2Read && size_ * 2 > gpu.facts().l2_bytes) {
      throw Unsupported("more than half of this GPU's L2");
    }
    capacity_ = op_ == Op::L2Read
                    ? 1
                    : static_cast<int>(std::min<std::int64_t>(gpu.pool_bytes() / needed, 1200));
  }

  ~StreamWorkload() override {
    if (op_ == Op::StreamWrite) {
      gpu().spoil_pool();
    }
  }

  [[nodiscard]] std::string kernel() const override { return name_; }
  [[nodiscard]] bool is_cold() const override { return op_ != Op::L2Read; }

 protected:
  void launch(cudaStream_t stream, int set) override {
    const std::int64_t wides = size_ / 16;
    const int grid = grid_for(gpu(), wides, op_ == Op::L2Read ? kL2Blocks : kStreamBlocks);
    auto* from = reinterpret_cast<Wide*>(pool_) + (op_ == Op::StreamCopy ? 2 : 1) * wides * set;
    switch (op_) {
      case Op::StreamWrite:
        kernels::write_stream<<<grid, kStreamThreads, 0, stream>>>(from, wides, 12345U);
        break;
      case Op::StreamCopy:
        kernels::copy_stream<<<grid, kStreamThreads, 0, stream>>>(from + wides, from, wides);
        break;
      default:
        kernels::read_stream<<<grid, kStreamThreads, 0, stream>>>(from, wides, passes_,
                                                                  gpu().folds());
    }
    check_launch("stream");
  }
  [[nodiscard]] int capacity() const override { return capacity_; }
  [[nodiscard]] std::int64_t bytes_of_set() const override { return size_; }

 private:
  Op op_;
  std::string name_;
  std::int64_t size_;
  int passes_;
  kernels::Bf16* pool_;
  int capacity_ = 1;
};

class PageWorkload final : public GraphWorkload {
 public:
  PageWorkload(Gpu& gpu, const Point& point)
      : GraphWorkload(gpu),
        page_bytes_(static_cast<int>(point["page_bytes"])),
        pages_(static_cast<int>(point["pages"])),
        pool_(gpu.pool()) {
    const std::int64_t there = std::min(gpu.pool_bytes() / page_bytes_, Gpu::kMostPages);
    if (there < pages_) {
      throw Unsupported("more pages than the pool of this GPU holds");
    }
    order_ = gpu.page_order(static_cast<int>(there));
    capacity_ = static_cast<int>(there / pages_);
  }
  [[nodiscard]] std::string kernel() const override { return "warp-per-page"; }

 protected:
  void launch(cudaStream_t stream, int set) override {
    kernels::read_pages<<<8 * gpu().facts().multiprocessors, kStreamThreads, 0, stream>>>(
        reinterpret_cast<const Wide*>(pool_), order_ + static_cast<std::int64_t>(set) * pages_,
        pages_, page_bytes_, gpu().folds());
    check_launch("read_pages");
  }
  [[nodiscard]] int capacity() const override { return capacity_; }
  [[nodiscard]] std::int64_t bytes_of_set() const override {
    return static_cast<std::int64_t>(pages_) * page_bytes_;
  }

 private:
  int page_bytes_;
  int pages_;
  kernels::Bf16* pool_;
  const int* order_ = nullptr;
  int capacity_ = 1;
};

std::uint32_t fold_of(const std::vector<std::uint32_t>& words) {
  return std::accumulate(words.begin(), words.end(), 0U, std::bit_xor<std::uint32_t>());
}

std::vector<std::uint32_t> words_at(const void* from, std::int64_t bytes) {
  std::vector<std::uint32_t> words(static_cast<std::size_t>(bytes / 4));
  check(cudaMemcpy(words.data(), from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost),
        "copy from the GPU");
  return words;
}

// The fold of everything that threads left, after folds were cleared.
std::uint32_t left_by(Gpu& gpu, const std::function<void()>& launch) {
  check(cudaMemset(gpu.folds(), 0, kMostStreamThreads * 4), "cudaMemset");
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  launch();
  check_launch("stream");
  check(cudaStreamSynchronize(gpu.stream()), "stream");
  return fold_of(words_at(gpu.folds(), kMostStreamThreads * 4));
}

}  // namespace

std::unique_ptr<Workload> make_stream(Gpu& gpu, const Point& point) {
  if (point.op == Op::PageRead) {
    return std::make_unique<PageWorkload>(gpu, point);
  }
  return std::make_unique<StreamWorkload>(gpu, point);
}

std::vector<Verdict> verify_streams(Gpu& gpu, bool least) {
  std::vector<Verdict> verdicts;
  auto* pool = reinterpret_cast<Wide*>(gpu.pool());
  const std::int64_t largest = least ? 100000 : 100000000;
  for (const std::int64_t bytes : {std::int64_t{16}, std::int64_t{65536}, largest}) {
    const std::int64_t wides = bytes / 16;
    const std::uint32_t expected = fold_of(words_at(pool, bytes));
    const std::uint32_t got = left_by(gpu, [&] {
      kernels::read_stream<<<grid_for(gpu, wides), kStreamThreads, 0, gpu.stream()>>>(
          pool, wides, 3, gpu.folds());
    });
    verdicts.push_back(
        {"stream_read of " + std::to_string(bytes) + " bytes", expected == got ? 0.0 : 1.0, 0});
    kernels::copy_stream<<<grid_for(gpu, wides), kStreamThreads, 0, gpu.stream()>>>(pool + wides,
                                                                                    pool, wides);
    check_launch("copy_stream");
    check(cudaStreamSynchronize(gpu.stream()), "copy_stream");
    verdicts.push_back({"stream_copy of " + std::to_string(bytes) + " bytes",
                        words_at(pool, bytes) == words_at(pool + wides, bytes) ? 0.0 : 1.0, 0});
  }
  const int count = least ? 99 : 999;
  constexpr int kPageBytes = 18432;  // 16 tokens of MLA: an odd number of steps of eight
  const auto there = static_cast<int>(std::min(gpu.pool_bytes() / kPageBytes, Gpu::kMostPages));
  const int* order = gpu.page_order(there);
  std::vector<int> pages(static_cast<std::size_t>(count));
  check(cudaMemcpy(pages.data(), order, sizeof(int) * pages.size(), cudaMemcpyDeviceToHost),
        "pages");
  std::uint32_t expected = 0;
  for (const int page : pages) {
    expected ^=
        fold_of(words_at(pool + static_cast<std::int64_t>(page) * (kPageBytes / 16), kPageBytes));
  }
  const std::uint32_t got = left_by(gpu, [&] {
    kernels::read_pages<<<8 * gpu.facts().multiprocessors, kStreamThreads, 0, gpu.stream()>>>(
        pool, order, count, kPageBytes, gpu.folds());
  });
  verdicts.push_back({"page_read of " + std::to_string(count) + " pages of 18432 bytes",
                      expected == got ? 0.0 : 1.0, 0});
  return verdicts;
}

}  // namespace bench
}  // namespace kvsim
