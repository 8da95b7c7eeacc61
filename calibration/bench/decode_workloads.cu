// Paged decode attention of a point, over many page tables in turn; and every kernel against its
// twin on small problems, and once on pages far beyond 4 GiB.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "calibration/bench/decode_kernels.cuh"
#include "calibration/bench/graph_workload.cuh"
#include "calibration/bench/workloads.cuh"
#include "calibration/kernels/decode_merge.cuh"
#include "calibration/kernels/work_plan.hpp"
#include "calibration/reference/decode_problem.hpp"

namespace kvsim {
namespace bench {
namespace {

using kernels::Bf16;
using kernels::DecodeCall;
using kernels::MergeCall;

constexpr int kOverheadTiles = 2;  // of a row's beginning; to be fitted on a GPU
constexpr int kLeastTiles = 4;     // of a piece: a ring's worth
constexpr int kMostSets = 600;

// A kernel, its plan and the buffers that all data sets share.
class DecodeLauncher {
 public:
  DecodeLauncher(const Gpu& gpu, const DecodeKernel& kernel, const std::vector<int>& contexts,
                 int query_heads, int kv_heads, int workers)
      : kernel_(kernel) {
    if (kernel.shared_bytes > 0) {
      check(cudaFuncSetAttribute(kernel.function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 kernel.shared_bytes),
            "shared memory of a decode kernel");
      check(cudaFuncSetAttribute(kernel.function, cudaFuncAttributePreferredSharedMemoryCarveout,
                                 cudaSharedmemCarveoutMaxShared),
            "shared memory of a decode kernel");
    }
    check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks_of_sm_, kernel.function,
                                                        kernel.threads, kernel.shared_bytes),
          "occupancy of a decode kernel");
    if (blocks_of_sm_ == 0) {
      throw Unsupported("the kernel needs more registers or shared memory than an SM has");
    }
    const int group = query_heads / kv_heads;
    const bool naive = kernel.family == "naive";
    head_blocks_ = naive ? 1 : (group + kernel.unit_rows - 1) / kernel.unit_rows;
    kernels::WorkShape shape;
    shape.units = naive ? query_heads : kv_heads * head_blocks_;
    shape.tile_tokens = kernel.tile_tokens;
    shape.overhead_tiles = kOverheadTiles;
    shape.least_tiles = kLeastTiles;
    shape.workers = workers > 0
                        ? workers
                        : blocks_of_sm_ * gpu.facts().multiprocessors * kernel.workers_of_block;
    if (naive) {
      shape.workers = 1;  // whole rows; block b takes segment b
    }
    plan_ = kernels::plan_work(contexts, shape);
    segments_ = Buffer<kernels::Segment>(plan_.segments);
    begins_ = Buffer<int>(plan_.begin);
    merges_ = Buffer<kernels::MergeRow>(plan_.merges);
    const auto slots =
        static_cast<std::size_t>(plan_.partials) * static_cast<std::size_t>(kernel.unit_rows);
    partial_ = Buffer<float>(slots * static_cast<std::size_t>(kernel.value_dim));
    lse_ = Buffer<float>(slots);
    partial_.poison();
    lse_.poison();
    call_.query_heads = query_heads;
    call_.group = group;
    call_.head_blocks = head_blocks_;
    call_.scale = static_cast<float>(std::log2(std::exp(1.0)) / std::sqrt(kernel.dim));
    call_.segments = segments_.get();
    call_.segments_begin = begins_.get();
    call_.workers = static_cast<int>(plan_.begin.size()) - 1;
    call_.partial = partial_.get();
    call_.partial_lse = lse_.get();
  }

  void launch(cudaStream_t stream, const Bf16* query, Bf16* out,
              const kernels::PagedCache& cache) const {
    DecodeCall call = call_;
    call.query = query;
    call.out = out;
    call.cache = cache;
    const int blocks =
        kernel_.workers_of_block == 0
            ? static_cast<int>(plan_.segments.size())
            : (call.workers + kernel_.workers_of_block - 1) / kernel_.workers_of_block;
    if (blocks > 0 && !plan_.segments.empty()) {
      kernel_.function<<<blocks, kernel_.threads, kernel_.shared_bytes, stream>>>(call);
      check_launch("decode attention");
    }
    if (!plan_.merges.empty()) {
      const int group = kernel_.workers_of_block == 0 ? 1 : call.group;  // naive: units are heads
      const int rows = std::min(kernel_.unit_rows, group);
      const MergeCall merge = {
          out,   partial_.get(), lse_.get(),        merges_.get(), call.query_heads,
          group, head_blocks_,   kernel_.unit_rows, rows,          kernel_.value_dim};
      kernels::
          merge_decode<<<static_cast<int>(plan_.merges.size()) * rows, 32 * kernels::kMergeWarps,
                         kernels::merge_shared_bytes(kernel_.value_dim), stream>>>(merge);
      check_launch("merge of decode attention");
    }
  }

  [[nodiscard]] std::string path() const {
    return kernel_.path() + "-" + std::to_string(blocks_of_sm_) + "blocks" +
           (head_blocks_ > 1 ? "-" + std::to_string(head_blocks_) + "passes" : "");
  }

 private:
  const DecodeKernel& kernel_;
  int blocks_of_sm_ = 0;
  int head_blocks_ = 1;
  kernels::WorkPlan plan_;
  Buffer<kernels::Segment> segments_;
  Buffer<int> begins_;
  Buffer<kernels::MergeRow> merges_;
  Buffer<float> partial_;
  Buffer<float> lse_;
  DecodeCall call_{};
};

struct Shape {
  int batch;
  int heads;
  int kv_heads;
  int dim;
  int value_dim;
  int page_tokens;
};

Shape shape_of(const Point& point) {
  const bool mla = point.op == Op::DecodeAttentionMla;
  const auto value = [&](const char* name) { return static_cast<int>(point[name]); };
  return {value("batch"),
          value("heads"),
          mla ? 1 : value("kv_heads"),
          mla ? kernels::kMlaWidth : value("head_dim"),
          mla ? kernels::kMlaValues : value("head_dim"),
          value("page")};
}

const DecodeKernel& kernel_for(const Gpu& gpu, const Point& point) {
  const Shape shape = shape_of(point);
  const std::string family = point.op == Op::DecodeAttentionMla ? "mla" : point.kernel;
  const DecodeKernel* kernel = choose_decode(family, shape.dim, shape.heads / shape.kv_heads,
                                             gpu.facts().shared_bytes_of_block);
  if (kernel == nullptr) {
    throw Unsupported("no " + family + " kernel of width " + std::to_string(shape.dim) +
                      " fits this GPU's shared memory");
  }
  return *kernel;
}

class DecodeWorkload final : public GraphWorkload {
 public:
  DecodeWorkload(Gpu& gpu, const Point& point)
      : GraphWorkload(gpu),
        shape_(shape_of(point)),
        launcher_(gpu, kernel_for(gpu, point), contexts_of(point), shape_.heads, shape_.kv_heads,
                  0),
        bytes_(cache_bytes(point)) {
    place_pages(point);
    const auto rows =
        static_cast<std::size_t>(shape_.batch) * static_cast<std::size_t>(shape_.heads);
    query_ = Buffer<Bf16>(rows * static_cast<std::size_t>(shape_.dim));
    out_ = Buffer<Bf16>(rows * static_cast<std::size_t>(shape_.value_dim));
    check(cudaMemcpy(query_.get(), gpu.pool(), query_.size() * sizeof(Bf16),
                     cudaMemcpyDeviceToDevice),
          "queries");
  }

  [[nodiscard]] std::string kernel() const override { return launcher_.path(); }
  [[nodiscard]] int capacity() const override { return capacity_; }
  [[nodiscard]] std::int64_t bytes_of_set() const override { return bytes_; }

  void launch(cudaStream_t stream, int set) override {
    kernels::PagedCache cache = cache_;
    cache.table_begin = begins_.get() + static_cast<std::int64_t>(set) * shape_.batch;
    launcher_.launch(stream, query_.get(), out_.get(), cache);
  }

  /// Of one sequence of set `set`, computed on the host from the pages that the GPU read.
  [[nodiscard]] double error_of(int set, int sequence, int context);

 private:
  // Sets take neighbouring stretches of one random order of all pages.
  void place_pages(const Point& point) {
    const std::int64_t bytes_of_page = page_bytes(point);
    const std::int64_t there = std::min(gpu().pool_bytes() / bytes_of_page, Gpu::kMostPages);
    std::vector<std::int64_t> begins;
    std::int64_t needed = 0;
    for (const int context : contexts_of(point)) {
      begins.push_back(needed);
      needed += (context + shape_.page_tokens - 1) / shape_.page_tokens;
    }
    if (needed > there) {
      throw Unsupported("more cache than the pool of this GPU holds");
    }
    capacity_ = static_cast<int>(
        std::min<std::int64_t>({there / needed, kMostSets, kReuseDistance / bytes_ + 2}));
    std::vector<std::int64_t> all;
    for (int set = 0; set < capacity_; ++set) {
      for (const std::int64_t begin : begins) {
        all.push_back(begin + set * needed);
      }
    }
    begins_ = Buffer<std::int64_t>(all);
    cache_.table = gpu().page_order(static_cast<int>(there));
    cache_.page_tokens_log2 = static_cast<int>(std::lround(std::log2(shape_.page_tokens)));
    cache_.keys = gpu().pool();
    set_strides(point, there);
  }

  void set_strides(const Point& point, std::int64_t pages) {
    const std::int64_t dim = shape_.dim;
    if (point.op == Op::DecodeAttentionMla) {
      cache_.token_stride = dim;
      cache_.page_stride = dim * shape_.page_tokens;
      cache_.values = cache_.keys;
    } else if (point.layout == "hnd") {
      cache_.token_stride = dim;
      cache_.head_stride = 2 * dim * shape_.page_tokens;
      cache_.page_stride = cache_.head_stride * shape_.kv_heads;
      cache_.values = cache_.keys + dim * shape_.page_tokens;
    } else {
      cache_.head_stride = dim;
      cache_.token_stride = dim * shape_.kv_heads;
      cache_.page_stride = cache_.token_stride * shape_.page_tokens;
      cache_.values = cache_.keys + pages * cache_.page_stride;
    }
  }

  Shape shape_;
  DecodeLauncher launcher_;
  std::int64_t bytes_;
  int capacity_ = 1;
  kernels::PagedCache cache_{};
  Buffer<std::int64_t> begins_;
  Buffer<Bf16> query_;
  Buffer<Bf16> out_;
};

template <class T>
std::vector<T> fetch(const T* from, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  check(cudaMemcpy(values.data(), from, values.size() * sizeof(T), cudaMemcpyDeviceToHost),
        "copy from the GPU");
  return values;
}

std::vector<double> widened(const Bf16* values, int count) {
  std::vector<double> wide;
  for (int i = 0; i < count; ++i) {
    wide.push_back(static_cast<double>(kernels::to_float(values[i])));
  }
  return wide;
}

// Fetches the sequence's pages one by one into a pool of its own, in order.
double DecodeWorkload::error_of(int set, int sequence, int context) {
  check(cudaMemset(out_.get(), 0xff, out_.size() * sizeof(Bf16)), "cudaMemset");
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  launch(gpu().stream(), set);
  check(cudaStreamSynchronize(gpu().stream()), "decode attention");
  const std::int64_t first =
      fetch(begins_.get() + static_cast<std::int64_t>(set) * shape_.batch + sequence, 1)[0];
  const int pages = (context + shape_.page_tokens - 1) / shape_.page_tokens;
  const auto numbers = fetch(cache_.table + first, pages);
  const std::int64_t apart = cache_.values - cache_.keys;
  const bool one_piece = apart < cache_.page_stride;  // a page holds keys and values
  std::vector<Bf16> keys;
  std::vector<Bf16> values;
  for (const int page : numbers) {
    const auto fetched = fetch(cache_.keys + page * cache_.page_stride, cache_.page_stride);
    keys.insert(keys.end(), fetched.begin(), fetched.end());
    if (!one_piece) {
      const auto others = fetch(cache_.values + page * cache_.page_stride, cache_.page_stride);
      values.insert(values.end(), others.begin(), others.end());
    }
  }
  std::vector<int> table(static_cast<std::size_t>(pages));
  std::iota(table.begin(), table.end(), 0);
  const std::int64_t begin = 0;
  kernels::PagedCache here = cache_;
  here.keys = keys.data();
  here.values = one_piece ? keys.data() + apart : values.data();
  here.table = table.data();
  here.table_begin = &begin;
  double worst = 0;
  const std::int64_t row = static_cast<std::int64_t>(sequence) * shape_.heads;
  const auto query = fetch(query_.get() + row * shape_.dim, shape_.heads * shape_.dim);
  const auto out = fetch(out_.get() + row * shape_.value_dim, shape_.heads * shape_.value_dim);
  for (int head = 0; head < shape_.heads; head += 7) {
    const auto expected = reference::attend(
        here, 0, head / (shape_.heads / shape_.kv_heads), context, query.data() + head * shape_.dim,
        shape_.dim, shape_.value_dim, std::log2(std::exp(1.0)) / std::sqrt(shape_.dim));
    const double error = reference::relative_error(
        widened(out.data() + head * shape_.value_dim, shape_.value_dim), expected);
    if (!(error <= worst)) {
      worst = error;
    }
  }
  return worst;
}

// A problem of the host's on the GPU, with a given number of workers (0: as many as fit).
double error_on_gpu(Gpu& gpu, const DecodeKernel& kernel, const reference::DecodeShape& shape,
                    int workers) {
  reference::DecodeProblem problem(shape);
  const DecodeLauncher launcher(gpu, kernel, shape.contexts, shape.query_heads, shape.kv_heads,
                                workers);
  const Buffer<Bf16> pool(problem.pool());
  const Buffer<int> table(problem.table());
  const Buffer<std::int64_t> begins(problem.table_begins());
  const Buffer<Bf16> query(problem.query());
  Buffer<Bf16> out(problem.out().size());
  out.poison();
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  const kernels::PagedCache host = problem.cache();
  kernels::PagedCache cache = host;
  cache.keys = pool.get();
  cache.values = pool.get() + (host.values - host.keys);
  cache.table = table.get();
  cache.table_begin = begins.get();
  launcher.launch(gpu.stream(), query.get(), out.get(), cache);
  check(cudaStreamSynchronize(gpu.stream()), kernel.path().c_str());
  problem.out() = out.download();
  return problem.worst_error();
}

reference::DecodeShape problem_for(const DecodeKernel& kernel, std::vector<int> contexts, int group,
                                   int kv_heads, int page_tokens) {
  reference::DecodeShape shape;
  shape.contexts = std::move(contexts);
  shape.kv_heads = kernel.family == "mla" ? 1 : kv_heads;
  shape.query_heads = group * shape.kv_heads;
  shape.dim = kernel.dim;
  shape.value_dim = kernel.value_dim;
  shape.page_tokens = page_tokens;
  shape.layout = kernel.family == "mla" ? reference::CacheLayout::Mla : reference::CacheLayout::Nhd;
  return shape;
}

// Every compiled kernel that fits, on shapes that end before, on and after borders of tiles and
// pages: whole, in seven pieces, and as many as fit.
std::vector<Verdict> verify_small(Gpu& gpu, bool least) {
  std::vector<Verdict> verdicts;
  for (const DecodeKernel& kernel : decode_kernels()) {
    if (kernel.shared_bytes > gpu.facts().shared_bytes_of_block) {
      continue;
    }
    Verdict verdict{kernel.path() + " of width " + std::to_string(kernel.dim), 0,
                    reference::kAttentionTolerance};
    const auto see = [&](const reference::DecodeShape& shape, int workers) {
      const double error = error_on_gpu(gpu, kernel, shape, workers);
      if (!(error <= verdict.error)) {
        verdict.error = error;
      }
    };
    if (least) {
      see(problem_for(kernel, {1, 17, 0, 64, 90}, 8, 2, 16), 5);
      see(problem_for(kernel, {33}, 33, 1, 32), 0);
      verdicts.push_back(verdict);
      continue;
    }
    for (const int group : {1, 3, 8, 16, 33}) {
      for (const int workers : {1, 7, 0}) {
        see(problem_for(kernel, {1, 15, 16, 17, 0, 63, 64, 65, 127}, group, 2, 16), workers);
      }
    }
    see(problem_for(kernel, {1000, 4097, 3}, 4, 2, 64), 0);
    reference::DecodeShape peaked = problem_for(kernel, {333, 32}, 8, 3, 32);
    peaked.query_size = 30;  // one token gets nearly all the weight
    see(peaked, 5);
    if (kernel.family != "mla") {
      peaked.layout = reference::CacheLayout::Hnd;
      see(peaked, 0);
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

// The measured points' own path: pages all over the pool, offsets beyond 32 bits.
std::vector<Verdict> verify_large(Gpu& gpu) {
  std::vector<Verdict> verdicts;
  const auto see = [&](const char* what, Op op, const char* kernel, const char* layout, int batch,
                       int heads, int kv_heads, int dim, int context, int page) {
    Point point;
    point.op = op;
    point.kernel = kernel;
    point.layout = layout;
    point.shape = {{"batch", batch},  {"heads", heads}, {"kv_heads", kv_heads},
                   {"head_dim", dim}, {"ctx", context}, {"page", page}};
    try {
      DecodeWorkload workload(gpu, point);
      double worst = 0;
      for (const int set : {0, workload.capacity() - 1}) {
        const double error = workload.error_of(set, batch - 1, context);
        if (!(error <= worst)) {
          worst = error;
        }
      }
      verdicts.push_back(
          {std::string(what) + ", " + workload.kernel(), worst, reference::kAttentionTolerance});
    } catch (const Unsupported&) {
      // Where memory is small the small problems must do.
    }
  };
  see("GQA-8, 33 x 8192 tokens", Op::DecodeAttention, "mma", "nhd", 33, 64, 8, 128, 8192, 16);
  see("GQA-8, 33 x 8191 tokens, HND", Op::DecodeAttention, "mma", "hnd", 33, 64, 8, 128, 8191, 32);
  see("MHA, 17 x 2049 tokens", Op::DecodeAttention, "vector", "nhd", 17, 32, 32, 128, 2049, 16);
  see("width 256, 9 x 3017 tokens", Op::DecodeAttention, "mma", "nhd", 9, 16, 8, 256, 3017, 16);
  see("MLA, 33 x 8191 tokens", Op::DecodeAttentionMla, "mma", "", 33, 16, 1, 576, 8191, 64);
  return verdicts;
}

}  // namespace

std::unique_ptr<Workload> make_decode(Gpu& gpu, const Point& point) {
  return std::make_unique<DecodeWorkload>(gpu, point);
}

std::vector<Verdict> verify_decode(Gpu& gpu, bool least) {
  std::vector<Verdict> verdicts = verify_small(gpu, least);
  const std::vector<Verdict> large = least ? std::vector<Verdict>{} : verify_large(gpu);
  verdicts.insert(verdicts.end(), large.begin(), large.end());
  return verdicts;
}

}  // namespace bench
}  // namespace kvsim
