// Prices of steps in which nothing happens but decoding with full attention.
//
// Such a step is told by two numbers: n sequences and C tokens that they attend to together. For a
// fixed n its price is affine in C up to a break point of the price, so one line per n answers for
// all steps until then:
//
//   price(n, C) = price(n, C0) + slope · (C - C0),   C0 <= C < C0 + valid
//
// The line is the pricer's own answer for a batch that grows by one token a step. What such steps
// add to the ledger is affine as well, so they are booked as two sums, of steps and of C - C0, and
// written into the ledger when the line is given up or the run ends. Whole numbers throughout: the
// same attoseconds and bytes as one step at a time.
#pragma once

#include <memory>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/engine/ledger.hpp"

namespace kvsim::engine {

class DecodePrices {
 public:
  struct Quote {
    ArithmeticSeries times;        ///< of this step and those that follow, in attoseconds
    std::int64_t steps_valid = 1;  ///< as StepCost's
  };

  /// Requires: every operator of the model attends to the full context.
  explicit DecodePrices(std::shared_ptr<const cost::StepPricer> pricer)
      : pricer_(std::move(pricer)) {}

  /// Requires: batch holds decoding sequences only.
  [[nodiscard]] Quote quote(const model::BatchShape& batch, Ledger& ledger);
  /// Books `steps` steps, of which `batch` was the first. Requires: it was quoted last.
  void book(const model::BatchShape& batch, std::int64_t steps);
  /// Writes down what is booked.
  void flush(Ledger& ledger);

 private:
  /// What a quote needs; the rest of the price lies in costs_, at the same index.
  struct Line {
    std::int64_t from = 0;   ///< C0
    std::int64_t valid = 0;  ///< contexts; 0: not priced yet
    cost::Affine time;
    std::int64_t steps = 0;  ///< booked, not yet in the ledger
    Int128 beyond = 0;       ///< sum of C - C0 over them
  };
  void draw(const model::BatchShape& batch, Ledger& ledger);
  void flush(std::size_t sequences, Ledger& ledger);

  std::shared_ptr<const cost::StepPricer> pricer_;
  std::vector<Line> lines_;  ///< by n
  std::vector<cost::StepCost> costs_;
};

}  // namespace kvsim::engine
