// Confidence intervals from one long sequence whose values depend on their neighbours.
//
// The sequence is cut into b = 20 batches, one after the other, and what varies between their
// averages says what the average of all is worth; nothing is assumed of how values are distributed.
//
//   mean        average ± t · √(A·S²/b), S² the variance between the batches' averages
//   quantile    q is the pooled type-7 percentile. The averages are shares of values <= q, and the
//               interval runs from the pooled value at p - h to that at p + h, h = t · √(A·S²/b).
//               It is no narrower than order statistics of independent values would have it, whose
//               ranks are binomial. Beyond the largest value it has no upper end: infinity.
//
// t is Student's quantile, b - 1 degrees of freedom. A = (1 + r)/(1 - r) with r >= 0 the
// correlation of neighbouring batches: what batches have in common because they are too short (as
// in Skart; Tafazzoli, Wilson, Lada, Steiger 2011, INFORMS J. Computing 23:2). Long batches have A
// = 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kvsim::plan {

struct Estimate {
  double value = 0, low = 0, high = 0;
};

inline constexpr std::size_t kBatches = 20;

/// Both: values in the order in which they came, none negative. Fewer than 2 per batch: the
/// interval is [0, infinity]. Requires: 0 < confidence < 1, not empty (checked).
[[nodiscard]] Estimate mean_interval(std::span<const double> values, double confidence);
[[nodiscard]] Estimate quantile_interval(std::span<const double> values, double percent,
                                         double confidence);

/// Ranks, from 1, of independent values in order between which their p-quantile lies with at least
/// this chance: 0 and count + 1 stand for "below all" and "above all".
struct Ranks {
  std::int64_t low = 0, high = 0;
};
[[nodiscard]] Ranks binomial_ranks(std::int64_t count, double p, double confidence);

}  // namespace kvsim::plan
