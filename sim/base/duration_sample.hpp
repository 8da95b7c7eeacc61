// Summaries of the durations of requests: exact up to a million values, a fine histogram beyond.
//
// Exact percentiles need no sorting: a histogram tells which of its narrow bins hold the ranks in
// question, and only what lies in those is gathered and ordered. A million values take 12 MB.
// Integers throughout: a summary does not depend on the order of addition.
//
// A value is put down as it comes, and counted with some thousand others in one go.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/huge_pages.hpp"
#include "sim/base/statistics.hpp"

namespace kvsim {

class DurationSample {
 public:
  static constexpr std::int64_t kExactLimit = 1'000'000;

  /// Requires: 0 <= value < 2^96 as (2500 years; checked).
  void add(Duration value) {
    if (filled_ == kChunk) {
      begin_chunk();
    }
    last_->set(filled_++, value.attoseconds());
  }
  [[nodiscard]] std::int64_t count() const {
    return histogram_.count() + static_cast<std::int64_t>(filled_ - counted_);
  }
  [[nodiscard]] bool exact() const { return count() <= kExactLimit; }
  // Those who ask first count what was only put down, so none of these is const.
  [[nodiscard]] double mean_ms();
  [[nodiscard]] double std_ms();  ///< population standard deviation, as numpy's default
  [[nodiscard]] double percentile_ms(double percent);
  /// All of them in one pass over the values. 0 when there are none.
  [[nodiscard]] std::vector<double> percentiles_ms(std::span<const double> percents);

 private:
  static constexpr std::size_t kChunk = 4096;  // values: growing never copies, nor takes twice

  /// Values of 96 bits of attoseconds.
  struct Chunk {
    Chunk() {}  // leaves the values as they are: they are set before they are read
    std::array<std::uint64_t, kChunk> low;
    std::array<std::uint32_t, kChunk> high;
    void set(std::size_t place, Int128 value) {
      KVSIM_CHECK(value >> 96 == 0, "a latency is negative or of more than 2500 years");
      low[place] = static_cast<std::uint64_t>(value);
      high[place] = static_cast<std::uint32_t>(value >> 64);
    }
    [[nodiscard]] Int128 at(std::size_t place) const {
      return static_cast<Int128>(high[place]) << 64 | low[place];
    }
    /// The same of a value that fits.
    [[nodiscard]] std::int64_t short_at(std::size_t place) const {
      return static_cast<std::int64_t>(low[place]);
    }
  };

  void begin_chunk();
  void count_values();
  [[nodiscard]] std::vector<Duration> order_statistics(std::span<const std::int64_t> ranks) const;
  /// Each value kept, in the order in which they were added: in 64 bits, signed, if all fit.
  /// Requires: all are counted, and kept.
  template <class Visit>
  void visit(Visit&& visit) const;

  DurationHistogram histogram_;
  HugePageStore<Chunk> memory_;
  std::vector<const Chunk*> chunks_;  ///< the values, while exact
  Chunk* last_ = nullptr;             ///< the chunk that is being filled
  std::size_t filled_ = kChunk;       ///< places of it
  std::size_t counted_ = kChunk;      ///< of those, values that are in the histogram
};

}  // namespace kvsim
