// Bytes moved and FLOPs done by the kernels of a decoder: the one definition in this project.
//
// The simulator prices these amounts, and the calibration program divides its measured times by
// them, so both mean the same thing by "bytes". Each byte is counted once (compulsory traffic);
// page tables and partial results of split kernels are overhead of a kernel, not payload.
//
// C++17, no dependencies: the machine with the GPU may have nothing but nvcc.
#pragma once

#include <cstdint>

namespace kvsim {
namespace traffic {

/// KV cache of one token in one layer: keys and values of `kv_heads` heads.
/// (vLLM FullAttentionSpec.real_page_size_bytes.)
constexpr std::int64_t kv_bytes_per_token(std::int64_t kv_heads, std::int64_t head_dim,
                                          std::int64_t bytes_per_element) {
  return 2 * kv_heads * head_dim * bytes_per_element;
}

/// The same for MLA: one latent and one rotary key for all heads; values are the latent itself.
/// (DeepSeek-V2, arXiv:2405.04434, section 2.1; vLLM MLAAttentionSpec.)
constexpr std::int64_t mla_kv_bytes_per_token(std::int64_t kv_lora_rank,
                                              std::int64_t qk_rope_head_dim,
                                              std::int64_t bytes_per_element) {
  return (kv_lora_rank + qk_rope_head_dim) * bytes_per_element;
}

/// Query in and result out of decode attention, per sequence: both 16-bit.
constexpr std::int64_t decode_io_bytes(std::int64_t query_heads, std::int64_t head_dim) {
  return 2 * query_heads * head_dim * 2;
}

/// The same for absorbed MLA: queries as wide as latent and rotary key, results as the latent.
constexpr std::int64_t mla_decode_io_bytes(std::int64_t query_heads, std::int64_t kv_lora_rank,
                                           std::int64_t qk_rope_head_dim) {
  return query_heads * (2 * kv_lora_rank + qk_rope_head_dim) * 2;
}

/// Q·K and P·V for one query token and one attended token: 2 + 2 FLOPs per head and dimension.
constexpr double attention_flops(std::int64_t query_heads, std::int64_t qk_head_dim,
                                 std::int64_t v_head_dim) {
  return 2.0 * static_cast<double>(query_heads) * static_cast<double>(qk_head_dim + v_head_dim);
}

/// (query, attended) pairs of a causal chunk of `tokens` new tokens after `context` cached ones.
constexpr std::int64_t causal_pairs(std::int64_t tokens, std::int64_t context) {
  return tokens * context + tokens * (tokens + 1) / 2;
}

/// FLOPs of y[rows, n] = x[rows, k] · W[k, n], per row.
constexpr double gemm_flops_per_row(std::int64_t n, std::int64_t k) {
  return 2.0 * static_cast<double>(n) * static_cast<double>(k);
}

/// Activations of the same product, read and written in 16 bits, per row.
constexpr std::int64_t gemm_io_bytes_per_row(std::int64_t n, std::int64_t k) { return 2 * (n + k); }

}  // namespace traffic
}  // namespace kvsim
