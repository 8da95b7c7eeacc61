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
// sum of C), so uses are counted and handed to the list of prices at the end. Whole numbers
// throughout: the same attoseconds and bytes as pricing every step by itself.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/engine/ledger.hpp"
#include "sim/engine/price_list.hpp"
#include "sim/spec/cuda_graphs.hpp"

namespace kvsim::engine {

class StepPrices {
 public:
  explicit StepPrices(std::shared_ptr<PriceList> list);

  /// The times of a step of `batch` and of those that follow, in attoseconds; returns for how many
  /// of them they hold, as StepCost::steps_valid. Requires: batch.sampled_tokens > 0 (checked).
  [[nodiscard]] std::int64_t quote(const model::BatchShape& batch, ArithmeticSeries& times);
  /// The same for a batch of `sequences` that decode, with `context` tokens between them, and one
  /// whole prompt of `prompt` tokens, in `rows` rows. Nothing where that does not tell the price.
  [[nodiscard]] std::optional<Int128> quote_with_prompt(std::int64_t sequences,
                                                        std::int64_t context, std::int64_t prompt,
                                                        std::int64_t rows);
  /// Books `steps` steps, of which the batch quoted last was the first.
  void book(std::int64_t steps, Ledger& ledger);

  /// Steps in which `sequences` sequences decode and nobody else takes part, as long as their
  /// contexts stay on one line and the GPU takes longer than the host. All in one cache line.
  struct Steady {
    std::int64_t from = 0;  ///< contexts in [from, until); none: not steady, ask quote()
    std::int64_t until = 0;
    std::int64_t first = 0;  ///< attoseconds at C = from
    std::int64_t slope = 0;  ///< per token
    std::int64_t steps = 0;  ///< booked, not yet written down
    std::int64_t rows = 0;   ///< padded
    Int128 beyond = 0;       ///< sum of C - from over the steps booked

    [[nodiscard]] bool holds(std::int64_t context) const {
      return from <= context && context < until;
    }
    [[nodiscard]] std::int64_t time(std::int64_t context) const {
      return first + slope * (context - from);
    }
    /// `count` steps, the first of them at `context`, which grows by `growth` a step.
    void book(std::int64_t count, std::int64_t context, std::int64_t growth) {
      steps += count;
      beyond += static_cast<Int128>(context - from) * count + growth * (count * (count - 1) / 2);
    }
  };
  /// The one that holds `context`; null where there is none.
  [[nodiscard]] Steady* steady(std::int64_t sequences, std::int64_t context,
                               const spec::BatchPadding& padding) {
    const auto index = static_cast<std::size_t>(sequences);
    if (index < steady_.size()) {
      if (Steady* known = steady_[index].probably(context)) {
        return known;
      }
    }
    return find_steady(sequences, padding.rows(sequences), context);
  }
  /// Hands over what is booked: steps to the ledger, what they are made of to the list.
  void flush(Ledger& ledger);

 private:
  using StepPart = cost::StepPart;
  static constexpr std::int64_t kMostRows = 16'384;                 // bounds a table at half a MiB
  static constexpr Int128 kLongest = static_cast<Int128>(1) << 62;  // of a steady step: 4.6 s
  /// Of a part that stands still while the batch stays.
  struct Price {
    Int128 time = -1;        ///< attoseconds; negative: not known yet
    std::int64_t steps = 0;  ///< booked, not yet handed over
  };
  using Table = std::vector<Price>;  ///< by rows
  struct Line : PriceList::Line {
    std::int64_t steps = 0;  ///< booked, not yet handed over
    Int128 beyond = 0;       ///< sum of C - from over them
    [[nodiscard]] bool holds(std::int64_t context) const {
      return from <= context && context < until;
    }
  };
  /// With the one that was found last for contexts of about this size: by the place of a context's
  /// first bit and the next two. One cache line: sizes 2^16 apart share a place.
  template <class Piece>
  struct Pieces {
    std::vector<Piece> all;
    std::array<std::uint8_t, 64> found{};
    [[nodiscard]] static std::size_t size_of(std::int64_t context) {
      const auto bits = static_cast<std::uint64_t>(context);
      const auto width = static_cast<std::size_t>(std::bit_width(bits | 4));
      return (width * 4 | (bits >> (width - 3) & 3)) % 64;
    }
    /// Null if that one does not hold it.
    [[nodiscard]] Piece* probably(std::int64_t context) {
      const std::size_t place = found[size_of(context)];
      return place < all.size() && all[place].holds(context) ? &all[place] : nullptr;
    }
    /// Null if none holds it.
    [[nodiscard]] Piece* find(std::int64_t context) {
      const auto piece = std::find_if(all.begin(), all.end(),
                                      [&](const Piece& each) { return each.holds(context); });
      if (piece == all.end()) {
        return nullptr;
      }
      found[size_of(context)] = static_cast<std::uint8_t>(piece - all.begin());
      return &*piece;
    }
  };
  using Lines = Pieces<Line>;  ///< ascending, without gaps from C = n on
  /// What the batch quoted last is made of.
  struct Quoted {
    Price* rows = nullptr;  ///< of nothing if priced apart, as the next two
    Price* samples = nullptr;
    Price* prompt = nullptr;
    Line* line = nullptr;     ///< null: nobody decodes, or priced apart
    std::int64_t beyond = 0;  ///< C - from of the line, in the first step
    std::int64_t growth = 0;  ///< of C
    ArithmeticSeries host;
    cost::Affine gpu;  ///< the sum of the parts so far
    std::int64_t steps_valid = 1;
  };

  [[nodiscard]] Price* add(StepPart part, std::int64_t rows, const model::BatchShape& batch) {
    if (rows > kMostRows) {
      add_apart(part, batch);
      return &nothing_;
    }
    Price& price = this->price(part, rows);
    quoted_.gpu.first += price.time;
    return &price;
  }
  [[nodiscard]] Price& price(StepPart part, std::int64_t rows) {
    Table& table = tables_[static_cast<std::size_t>(part)];
    const auto index = static_cast<std::size_t>(rows);
    return index < table.size() && table[index].time >= 0 ? table[index] : learn(part, index);
  }
  /// Completes the times; returns for how many steps they hold.
  [[nodiscard]] std::int64_t add_host(const cost::Affine& gpu, std::int64_t sequences,
                                      std::int64_t steps_valid, ArithmeticSeries& times) {
    const cost::HostTime host = pricer_->host_time(gpu, sequences);
    quoted_.host.first = host.time.first;
    quoted_.host.step = host.time.per_step;
    times.first = gpu.first + host.time.first;
    times.step = gpu.per_step + host.time.per_step;
    return std::min(steps_valid, host.steps_valid);
  }
  [[nodiscard, gnu::noinline]] Steady* find_steady(std::int64_t sequences, std::int64_t rows,
                                                   std::int64_t context);
  [[nodiscard]] Steady learn(std::int64_t sequences, std::int64_t rows, std::int64_t context);
  void write_down(const Steady& steady, std::int64_t sequences);
  void begin_quote();
  void add_decode(const model::BatchShape& batch);
  [[nodiscard]] cost::Affine price_on_line(std::int64_t sequences, std::int64_t context);
  void add_prefill(const model::BatchShape& batch);
  void add_apart(StepPart part, const model::BatchShape& batch);
  [[nodiscard, gnu::cold]] Price& learn(StepPart part, std::size_t rows);
  [[nodiscard]] Line& line(std::int64_t sequences, std::int64_t context) {
    const auto index = static_cast<std::size_t>(sequences);
    if (index >= lines_.size()) {
      lines_.resize(index + 1);
    }
    Line* known = lines_[index].probably(context);
    return known != nullptr ? *known : look_up(lines_[index], sequences, context);
  }
  [[nodiscard, gnu::noinline]] Line& look_up(Lines& lines, std::int64_t sequences,
                                             std::int64_t context);
  void book_apart(std::int64_t steps, Ledger& ledger);
  void hand_over(StepPart part);
  void hand_over_lines();

  std::shared_ptr<PriceList> list_;
  const cost::StepPricer* pricer_;              ///< of the list
  bool sums_suffice_;                           ///< decode attention follows from n and C
  std::array<Table, cost::kStepParts> tables_;  ///< by part; none for Decode
  std::vector<Lines> lines_;                    ///< by n
  std::vector<Pieces<Steady>> steady_;          ///< by n, in no order
  std::int64_t steady_steps_ = 0;               ///< written down, not yet in the ledger
  Int128 host_time_ = 0;                        ///< booked, not yet handed over
  Price nothing_;                               ///< stands for a part that is not in a step
  Quoted quoted_;
  std::vector<cost::OperatorShare> apart_;  ///< of its parts that are priced for this batch alone
};

}  // namespace kvsim::engine
