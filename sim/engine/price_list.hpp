// Prices of the parts of steps (step_prices.hpp), shared by replicas that are alike: each is learnt
// once for all of them, and what they used is written into a ledger once.
//
// Whole numbers throughout, so who asks first and in which order uses are added does not matter.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "sim/cost/step_pricer.hpp"
#include "sim/engine/ledger.hpp"

namespace kvsim::engine {

class PriceList {
 public:
  using StepPart = cost::StepPart;

  explicit PriceList(std::shared_ptr<const cost::StepPricer> pricer) : pricer_(std::move(pricer)) {}

  [[nodiscard]] const cost::StepPricer& pricer() const { return *pricer_; }
  /// Of a part that stands still while the batch stays, in attoseconds. Requires: not Decode.
  [[nodiscard]] Int128 time(StepPart part, std::int64_t rows);
  /// Decode attention of n sequences with C tokens between them, C in [from, until).
  struct Line {
    std::int64_t from = 0;
    std::int64_t until = 0;
    cost::Affine time;  ///< at C = from, and per token
  };
  [[nodiscard]] Line line(std::int64_t sequences, std::int64_t from);

  /// The price was used in so many steps.
  void add(StepPart part, std::int64_t rows, std::int64_t steps);
  /// The same of the line that begins at `from`; `beyond` is the sum of C - from over them.
  void add_on_line(std::int64_t sequences, std::int64_t from, std::int64_t steps, Int128 beyond);
  /// Attoseconds of the host.
  void add_host(Int128 time) { host_time_ += time; }
  /// Writes down what was added. Counts no steps.
  void write_down(Ledger& ledger);

 private:
  struct Price {
    Int128 time = -1;  ///< negative: not known yet
    std::int64_t steps = 0;
  };
  struct UsedLine {
    Line line;
    std::int64_t steps = 0;
    Int128 beyond = 0;
  };
  [[nodiscard]] Price& price(StepPart part, std::int64_t rows);
  [[nodiscard]] UsedLine& used_line(std::int64_t sequences, std::int64_t from);
  [[nodiscard]] Line draw(std::int64_t sequences, std::int64_t from) const;
  void write_down(StepPart part, Ledger& ledger);
  void write_down_lines(Ledger& ledger);

  std::shared_ptr<const cost::StepPricer> pricer_;
  std::array<std::vector<Price>, cost::kStepParts> tables_;  ///< by part and rows; none for Decode
  std::vector<std::vector<UsedLine>> lines_;                 ///< by n
  Int128 host_time_ = 0;
};

}  // namespace kvsim::engine
