// Which cached tokens a query attends to, counted.
//
//   full     all before it, and itself
//   window   the last W, itself included (top-k selection reads as many: min(position + 1, k))
//   chunk    those of its own chunk of C tokens: starts anew every C
//
// The counts are sums over causal queries; everything is exact in integers.
#pragma once

#include <cstdint>

namespace kvsim::model {

/// More steps or tokens than any run has; sums of two still fit.
inline constexpr std::int64_t kForever = std::int64_t{1} << 60;

enum class SpanKind { Full, Window, Chunk };

struct Span {
  SpanKind kind = SpanKind::Full;
  std::int64_t tokens = 0;  ///< of a window or a chunk; > 0
  bool operator==(const Span&) const = default;
};

/// Tokens that the token at `position` (from 0) attends to, itself included.
[[nodiscard]] std::int64_t attended(const Span& span, std::int64_t position);

/// Sum of attended() over `count` tokens from `position` on: the (query, key) pairs of a chunk of
/// prefill.
[[nodiscard]] std::int64_t attended_pairs(const Span& span, std::int64_t position,
                                          std::int64_t count);

/// Distinct tokens that these queries read together, their own included.
[[nodiscard]] std::int64_t attended_context(const Span& span, std::int64_t position,
                                            std::int64_t count);

/// How many decode steps, the one at `position` included, until attended() no longer grows by
/// exactly one (or, for a full window, no longer stays): a closed form of steps holds that long.
[[nodiscard]] std::int64_t steps_alike(const Span& span, std::int64_t position);

/// Whether attended(position + 1) = attended(position) + 1.
[[nodiscard]] bool grows(const Span& span, std::int64_t position);

/// Tokens below which nothing is read again once `computed` tokens are stored: their blocks may go.
/// (vLLM single_type_kv_cache_manager.py, get_num_skipped_tokens.)
[[nodiscard]] std::int64_t droppable(const Span& span, std::int64_t computed);

}  // namespace kvsim::model
