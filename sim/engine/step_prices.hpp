// Prices of the steps of one replica, each part of a step priced once for all steps that share it.
//
// A step is a sum of parts (cost::StepPart), and three of four depend on very little:
//
//   products     on the number of rows                     one price per number of rows
//   lm_head      on the number of sequences                 the same
//   decode       on n sequences and the C tokens that       lines per n, affine in C, one from each
//                they attend to together                    break point of the price to the next
//   prefill      a whole prompt: on its tokens              one price per number of tokens
//                several chunks, or a later one             priced each time
//
// So a step costs a few look-ups and additions, whether chunks run in it or not. Where decode
// attention does not follow from sums (windows, cards with a skew), that part is priced each time.
//
// What steps add to the ledger is linear in how often each price was used (and, on a line, in the
// sum of C), so uses are counted and written into the ledger at the end. Whole numbers throughout:
// the same attoseconds and bytes as pricing every step by itself.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/engine/ledger.hpp"

namespace kvsim::engine {

class StepPrices {
 public:
  explicit StepPrices(std::shared_ptr<const cost::StepPricer> pricer);

  /// The times of a step of `batch` and of those that follow, in attoseconds; returns for how many
  /// of them they hold, as StepCost::steps_valid. Requires: batch.sampled_tokens > 0 (checked).
  [[nodiscard]] std::int64_t quote(const model::BatchShape& batch, ArithmeticSeries& times);
  /// Books `steps` steps, of which the batch quoted last was the first.
  void book(std::int64_t steps, Ledger& ledger);
  /// Writes down what is booked.
  void flush(Ledger& ledger);

 private:
  using StepPart = cost::StepPart;
  /// Of a part that stands still while the batch stays.
  struct Price {
    Int128 time = -1;        ///< attoseconds; negative: not known yet
    std::int64_t steps = 0;  ///< booked, not yet in the ledger
  };
  using Table = std::vector<Price>;  ///< by rows
  /// Decode attention of n sequences, C in [from, until).
  struct Line {
    std::int64_t from = 0;
    std::int64_t until = 0;
    cost::Affine time;       ///< at C = from, and per token
    std::int64_t steps = 0;  ///< booked, not yet in the ledger
    Int128 beyond = 0;       ///< sum of C - from over them
    [[nodiscard]] bool holds(std::int64_t context) const {
      return from <= context && context < until;
    }
  };
  struct Lines {
    std::vector<Line> pieces;  ///< ascending, without gaps from C = n on
    std::size_t last = 0;      ///< asked for: contexts change little from step to step
  };
  /// What the batch quoted last is made of.
  struct Quoted {
    std::array<Price*, cost::kStepParts> prices{};
    std::size_t count = 0;
    Line* line = nullptr;
    ArithmeticSeries beyond;  ///< C - from of the line, step by step
    ArithmeticSeries host;
    cost::Affine gpu;  ///< the sum of the parts so far
    std::int64_t steps_valid = 1;
  };

  void add(StepPart part, std::int64_t rows, const model::BatchShape& batch);
  void add_decode(const model::BatchShape& batch);
  void add_prefill(const model::BatchShape& batch);
  void add_apart(StepPart part, const model::BatchShape& batch);
  [[nodiscard]] Price& price(StepPart part, std::int64_t rows);
  [[nodiscard]] Price& learn(Table& table, StepPart part, std::int64_t rows);
  [[nodiscard]] Line& line(std::int64_t sequences, std::int64_t context);
  [[nodiscard]] Line& look_up(Lines& lines, std::int64_t sequences, std::int64_t context);
  [[nodiscard]] Line draw(std::int64_t sequences, std::int64_t from) const;
  void flush(StepPart part, Ledger& ledger);
  void flush_lines(Ledger& ledger);

  std::shared_ptr<const cost::StepPricer> pricer_;
  bool sums_suffice_;                           ///< decode attention follows from n and C
  std::array<Table, cost::kStepParts> tables_;  ///< by part; none for Decode
  std::vector<Lines> lines_;                    ///< by n
  Int128 host_time_ = 0;                        ///< booked, not yet in the ledger
  Quoted quoted_;
  std::vector<cost::StepCost> apart_;  ///< its parts that are priced for this batch alone
};

}  // namespace kvsim::engine
