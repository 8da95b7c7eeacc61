// Summaries of the durations of requests: exact up to a million values, a fine histogram beyond.
//
// Exact percentiles need no sorting: a histogram, counted along, tells which of its narrow bins
// hold the ranks in question, and only what lies in those is gathered and ordered. A million values
// take 12 MB. Integers throughout: a summary does not depend on the order of addition.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/base/statistics.hpp"

namespace kvsim {

class DurationSample {
 public:
  static constexpr std::int64_t kExactLimit = 1'000'000;

  /// Requires: 0 <= value < 2^96 as (2500 years; checked).
  void add(Duration value) {
    histogram_.add(value);
    if (exact()) {
      keep(value);
    } else if (!chunks_.empty()) {
      chunks_.clear();
    }
  }
  [[nodiscard]] std::int64_t count() const { return histogram_.count(); }
  [[nodiscard]] bool exact() const { return count() <= kExactLimit; }
  [[nodiscard]] double mean_ms() const { return histogram_.mean_ms(); }
  [[nodiscard]] double std_ms() const;  ///< population standard deviation, as numpy's default
  [[nodiscard]] double percentile_ms(double percent) const;
  /// All of them in one pass over the values. 0 when there are none.
  [[nodiscard]] std::vector<double> percentiles_ms(std::span<const double> percents) const;

 private:
  /// 96 bits of attoseconds.
  struct Packed {
    std::uint32_t low, middle, high;
  };
  static Packed pack(Duration value) {
    const Int128 bits = value.attoseconds();
    KVSIM_CHECK(bits >> 96 == 0, "a latency of more than 2500 years");
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32),
            static_cast<std::uint32_t>(bits >> 64)};
  }
  static Duration unpack(Packed packed) {
    const std::uint64_t low = static_cast<std::uint64_t>(packed.middle) << 32 | packed.low;
    return Duration(static_cast<Int128>(packed.high) << 64 | low);
  }
  [[nodiscard]] std::vector<Duration> order_statistics(std::span<const std::int64_t> ranks) const;

  void keep(Duration value) {
    const auto place = static_cast<std::size_t>(count() - 1) % kChunk;
    if (place == 0) {
      chunks_.push_back(std::make_unique_for_overwrite<Packed[]>(kChunk));
      last_ = chunks_.back().get();
    }
    last_[place] = pack(value);
  }
  /// Of each value kept, in the order in which they were added.
  template <class Visit>
  void visit(Visit&& visit) const {
    auto left = static_cast<std::size_t>(count());
    for (const auto& chunk : chunks_) {
      for (const Packed& value : std::span(chunk.get(), std::min(left, kChunk))) {
        visit(unpack(value));
      }
      left -= std::min(left, kChunk);
    }
  }

  static constexpr std::size_t kChunk = 4096;  // values: growing never copies, nor takes twice
  DurationHistogram histogram_;
  std::vector<std::unique_ptr<Packed[]>> chunks_;  ///< the values, while exact
  Packed* last_ = nullptr;                         ///< the chunk that is being filled
};

}  // namespace kvsim
