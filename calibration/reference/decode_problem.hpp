// A small decode problem in host memory: a shuffled pool whose unused bytes are NaN, so that a
// stray read shows, and the results that the twin expects of it. Tests run kernels on it through
// the emulated device, `kvsim-calibrate --verify` copies it to a GPU.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "calibration/kernels/decode_call.hpp"
#include "calibration/reference/attention.hpp"

namespace kvsim {
namespace reference {

enum class CacheLayout { Nhd, Hnd, Mla };

struct DecodeShape {
  std::vector<int> contexts;
  int query_heads = 8;
  int kv_heads = 1;
  int dim = 128;        ///< of keys
  int value_dim = 128;  ///< of values and results
  int page_tokens = 16;
  CacheLayout layout = CacheLayout::Nhd;
  float query_size = 1;  ///< large: one token gets nearly all the weight
};

class DecodeProblem {
 public:
  explicit DecodeProblem(const DecodeShape& shape) : shape_(shape), random_(17) {
    make_tables();
    make_pool();
    query_.resize(rows() * static_cast<std::size_t>(shape.dim));
    for (kernels::Bf16& value : query_) {
      value = random_value(shape.query_size);
    }
    out_.assign(rows() * static_cast<std::size_t>(shape.value_dim), kernels::kBf16Nan);
  }

  [[nodiscard]] std::size_t rows() const {
    return shape_.contexts.size() * static_cast<std::size_t>(shape_.query_heads);
  }

  /// What a GPU needs a copy of, and where its results come back to.
  [[nodiscard]] const std::vector<kernels::Bf16>& pool() const { return pool_; }
  [[nodiscard]] const std::vector<int>& table() const { return table_; }
  [[nodiscard]] const std::vector<std::int64_t>& table_begins() const { return begins_; }
  [[nodiscard]] const std::vector<kernels::Bf16>& query() const { return query_; }
  [[nodiscard]] std::vector<kernels::Bf16>& out() { return out_; }

  /// A call with this work plan; results and partial results begin as NaN.
  kernels::DecodeCall call(const kernels::WorkPlan& plan, int unit_rows, int head_blocks) {
    plan_ = plan;
    unit_rows_ = unit_rows;
    const auto slots =
        static_cast<std::size_t>(plan.partials) * static_cast<std::size_t>(unit_rows);
    partial_.assign(slots * static_cast<std::size_t>(shape_.value_dim), NAN);
    lse_.assign(slots, NAN);
    std::fill(out_.begin(), out_.end(), kernels::kBf16Nan);
    kernels::DecodeCall call{};
    call.query = query_.data();
    call.out = out_.data();
    call.cache = cache();
    call.query_heads = shape_.query_heads;
    call.group = shape_.query_heads / shape_.kv_heads;
    call.head_blocks = head_blocks;
    call.scale = scale();
    call.segments = plan_.segments.data();
    call.segments_begin = plan_.begin.data();
    call.workers = static_cast<int>(plan_.begin.size()) - 1;
    call.partial = partial_.data();
    call.partial_lse = lse_.data();
    return call;
  }

  kernels::MergeCall merge(int head_blocks) {
    return {out_.data(),
            partial_.data(),
            lse_.data(),
            plan_.merges.data(),
            shape_.query_heads,
            shape_.query_heads / shape_.kv_heads,
            head_blocks,
            unit_rows_,
            std::min(unit_rows_, shape_.query_heads / shape_.kv_heads),
            shape_.value_dim};
  }

  /// Largest relative error of a row; NaN where a result is one or was not written.
  [[nodiscard]] double worst_error() const {
    double worst = 0;
    for (std::size_t row = 0; row < rows(); ++row) {
      const int sequence = static_cast<int>(row) / shape_.query_heads;
      const int head = static_cast<int>(row) % shape_.query_heads;
      const auto expected = attend(cache(), sequence, head / (shape_.query_heads / shape_.kv_heads),
                                   shape_.contexts[static_cast<std::size_t>(sequence)],
                                   query_.data() + row * static_cast<std::size_t>(shape_.dim),
                                   shape_.dim, shape_.value_dim, static_cast<double>(scale()));
      std::vector<double> got;
      for (int i = 0; i < shape_.value_dim; ++i) {
        got.push_back(static_cast<double>(kernels::to_float(
            out_[row * static_cast<std::size_t>(shape_.value_dim) + static_cast<std::size_t>(i)])));
      }
      const double error = relative_error(got, expected);
      if (!(error <= worst)) {
        worst = error;
      }
      if (std::isnan(worst)) {
        break;
      }
    }
    return worst;
  }

  [[nodiscard]] kernels::PagedCache cache() const {
    const std::int64_t dim = shape_.dim;
    const std::int64_t tokens = shape_.page_tokens;
    kernels::PagedCache cache{};
    cache.table = table_.data();
    cache.table_begin = begins_.data();
    cache.page_tokens_log2 = static_cast<int>(std::lround(std::log2(shape_.page_tokens)));
    cache.keys = pool_.data();
    switch (shape_.layout) {
      case CacheLayout::Nhd:
        cache.head_stride = dim;
        cache.token_stride = dim * shape_.kv_heads;
        cache.page_stride = cache.token_stride * tokens;
        cache.values = pool_.data() + pool_pages_ * cache.page_stride;
        break;
      case CacheLayout::Hnd:
        cache.token_stride = dim;
        cache.head_stride = 2 * dim * tokens;
        cache.page_stride = cache.head_stride * shape_.kv_heads;
        cache.values = pool_.data() + dim * tokens;
        break;
      case CacheLayout::Mla:
        cache.token_stride = dim;
        cache.page_stride = dim * tokens;
        cache.values = pool_.data();
        break;
    }
    return cache;
  }

 private:
  kernels::Bf16 random_value(float size) {
    return kernels::to_bf16(std::normal_distribution<float>(0, size)(random_));
  }
  [[nodiscard]] float scale() const {
    return static_cast<float>(std::log2(std::exp(1.0)) / std::sqrt(shape_.dim));
  }

  void make_tables() {
    std::size_t pages = 0;
    for (const int context : shape_.contexts) {
      begins_.push_back(static_cast<std::int64_t>(pages));
      pages += static_cast<std::size_t>((context + shape_.page_tokens - 1) / shape_.page_tokens);
    }
    pool_pages_ = static_cast<std::int64_t>(pages) + 3;  // some belong to nobody
    table_.resize(static_cast<std::size_t>(pool_pages_));
    std::iota(table_.begin(), table_.end(), 0);
    std::shuffle(table_.begin(), table_.end(), random_);
    table_.resize(std::max<std::size_t>(pages, 1));
  }

  [[nodiscard]] std::int64_t token_elements() const {
    return shape_.layout == CacheLayout::Mla ? shape_.dim
                                             : std::int64_t{2} * shape_.kv_heads * shape_.dim;
  }

  void make_pool() {
    pool_.assign(static_cast<std::size_t>(pool_pages_ * shape_.page_tokens * token_elements()),
                 kernels::kBf16Nan);
    const kernels::PagedCache at = cache();
    for (std::size_t sequence = 0; sequence < shape_.contexts.size(); ++sequence) {
      for (int token = 0; token < shape_.contexts[sequence]; ++token) {
        const int page = table_[static_cast<std::size_t>(begins_[sequence]) +
                                static_cast<std::size_t>(token / shape_.page_tokens)];
        for (int head = 0; head < shape_.kv_heads; ++head) {
          const std::int64_t offset = page * at.page_stride +
                                      (token % shape_.page_tokens) * at.token_stride +
                                      head * at.head_stride;
          for (int i = 0; i < shape_.dim; ++i) {
            pool_[static_cast<std::size_t>(at.keys - pool_.data() + offset + i)] = random_value(1);
            pool_[static_cast<std::size_t>(at.values - pool_.data() + offset + i)] =
                random_value(1);
          }
        }
      }
    }
  }

  DecodeShape shape_;
  std::mt19937 random_;
  std::int64_t pool_pages_ = 0;
  std::vector<int> table_;
  std::vector<std::int64_t> begins_;
  std::vector<kernels::Bf16> pool_;
  std::vector<kernels::Bf16> query_;
  std::vector<kernels::Bf16> out_;
  std::vector<float> partial_;
  std::vector<float> lse_;
  kernels::WorkPlan plan_;
  int unit_rows_ = 0;
};

}  // namespace reference
}  // namespace kvsim
