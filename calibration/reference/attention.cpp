#include "calibration/reference/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kvsim {
namespace reference {
namespace {

using kernels::Bf16;
using kernels::to_float;

std::int64_t offset_of(const kernels::PagedCache& cache, int sequence, int kv_head, int token) {
  const int page_tokens = 1 << cache.page_tokens_log2;
  const int page = cache.table[cache.table_begin[sequence] + token / page_tokens];
  return page * cache.page_stride + (token % page_tokens) * cache.token_stride +
         kv_head * cache.head_stride;
}

double norm(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value * value;
  }
  return std::sqrt(sum);
}

}  // namespace

std::vector<double> attend(const kernels::PagedCache& cache, int sequence, int kv_head, int tokens,
                           const Bf16* query, int dim, int value_dim, double scale) {
  std::vector<double> scores(static_cast<std::size_t>(tokens));
  for (int token = 0; token < tokens; ++token) {
    const Bf16* key = cache.keys + offset_of(cache, sequence, kv_head, token);
    double dot = 0;
    for (int i = 0; i < dim; ++i) {
      dot += static_cast<double>(to_float(query[i])) * static_cast<double>(to_float(key[i]));
    }
    scores[static_cast<std::size_t>(token)] = dot * scale;
  }
  const double top = tokens > 0 ? *std::max_element(scores.begin(), scores.end()) : 0;
  std::vector<double> out(static_cast<std::size_t>(value_dim), 0.0);
  double sum = 0;
  for (int token = 0; token < tokens; ++token) {
    const double weight = std::exp2(scores[static_cast<std::size_t>(token)] - top);
    const Bf16* value = cache.values + offset_of(cache, sequence, kv_head, token);
    sum += weight;
    for (int i = 0; i < value_dim; ++i) {
      out[static_cast<std::size_t>(i)] += weight * static_cast<double>(to_float(value[i]));
    }
  }
  for (double& value : out) {
    value = sum > 0 ? value / sum : 0;
  }
  return out;
}

double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference[i] = a[i] - b[i];
  }
  const double size = norm(b);
  return size == 0 ? norm(a) : norm(difference) / size;
}

std::vector<double> merge(const std::vector<std::vector<double>>& pieces,
                          const std::vector<double>& log2_sums) {
  const double top = *std::max_element(log2_sums.begin(), log2_sums.end());
  std::vector<double> out(pieces.front().size(), 0.0);
  double total = 0;
  for (std::size_t j = 0; j < pieces.size(); ++j) {
    const double weight = std::exp2(log2_sums[j] - top);
    total += weight;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += weight * pieces[j][i];
    }
  }
  for (double& value : out) {
    value /= total;
  }
  return out;
}

double product_entry(const Bf16* x_row, const Bf16* w_row, int k) {
  double sum = 0;
  for (int i = 0; i < k; ++i) {
    sum += static_cast<double>(to_float(x_row[i])) * static_cast<double>(to_float(w_row[i]));
  }
  return sum;
}

double e4m3_value(std::uint8_t code) {
  const int exponent = code >> 3 & 15;
  const int mantissa = code & 7;
  if (exponent == 15 && mantissa == 7) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double size = exponent == 0 ? std::ldexp(mantissa, -9)                     // subnormal
                                    : std::ldexp(8 + mantissa, exponent - 7 - 3);  // 1.mmm
  return (code & 0x80) != 0 ? -size : size;
}

}  // namespace reference
}  // namespace kvsim
