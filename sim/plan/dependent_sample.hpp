// Confidence intervals from one long sequence whose values depend on their neighbours.
//
// The sequence is cut into b = 20 batches, one after the other. What varies between their averages
// says what the average of all is worth; nothing is assumed of how values are distributed.
//
//   percentile  q is the pooled one, type 7. The averages are shares of values <= q, and the
//               interval runs from the pooled value at p - t·e to that at p + t·e. It is no
//               narrower than order statistics of independent values would have it, whose ranks
//               are binomial. Beyond the largest value there is no upper end: infinity.
//   mean        m - G(t)·e to m - G(-t)·e, where G corrects t for the skewness of the batches'
//               averages: G(z) = (∛(1 + 6β(z - β)) - 1)/(2β), β = skewness/(6·√b) (Willink 2005,
//               Commun. Stat. Theory Methods 34:9)
//
// t is Student's quantile, b - 1 degrees of freedom, and e the standard error, the larger of two:
//
//   √(A·S²/b)   S² the variance between the batches' averages. A = (1 + r)/(1 - r), r >= 0 the
//               correlation of neighbouring ones: what short batches have in common. Means take
//               both from Skart (Tafazzoli, Wilson, Lada, Steiger 2011, INFORMS J. Computing 23:2).
//   √(V·τ/n)    V the variance of one value, τ how many of them are worth one independent value.
//               Batches that saw no busy time are too much alike; τ comes from all values.
//
// τ = 1 + 2·(sum of the correlations of values 1, 2, ... apart), taken from averages of five values
// up to the first distance of at least 2.5·τ (Sokal's window; Madras and Sokal 1988, J. Stat. Phys.
// 50). n/τ below 20, one a batch, are too few for any end, below 200 for an upper one, below 400
// for that of a mean: those are 0 and infinity. With fewer it is luck that looks like certainty:
// runs that missed the busy times have the narrowest intervals. These numbers come from experiments
// with M/M/1; reports/validation/coverage.md shows what comes out with other seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kvsim::plan {

struct Estimate {
  double value = 0, low = 0, high = 0;
};

class DependentSample {
 public:
  static constexpr std::size_t kBatches = 20;

  /// Values in the order in which they came. Requires: there is one, none is negative (checked).
  explicit DependentSample(std::vector<double> values);

  /// n/τ, at most n. Where not even 20 are left it is less than 20, and not exact.
  [[nodiscard]] double independent_values() const { return independent_; }

  /// Requires of both: 0 < confidence < 1, 0 < percent < 100 (checked).
  [[nodiscard]] Estimate mean(double confidence) const;
  [[nodiscard]] Estimate percentile(double percent, double confidence) const;

 private:
  std::vector<double> values_;
  std::vector<double> sorted_;
  double mean_ = 0;
  double variance_ = 0;  ///< of one value
  double independent_ = 0;
};

/// Ranks, from 1, of independent values in order between which their p-quantile lies with at least
/// this chance: 0 and count + 1 stand for "below all" and "above all".
struct Ranks {
  std::int64_t low = 0, high = 0;
};
[[nodiscard]] Ranks binomial_ranks(std::int64_t count, double p, double confidence);

}  // namespace kvsim::plan
