// Who finishes next: keys at small distances ahead of a counter that only rises.
//
// A wheel of buckets, one per value of the counter modulo its size, with a bit per bucket that is
// not empty: joining, the next key and taking it out cost the same for ten members as for a
// thousand. Keys further away than the wheel is long wait beside it until it has come nearer.
// (Varghese and Lauck, SOSP 1987, scheme 4.)
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace kvsim::engine {

class FinishWheel {
 public:
  using Item = std::uint32_t;  ///< small numbers, each at most once
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  FinishWheel() { heads_.fill(kNone); }

  /// Requires: key >= the counter.
  void add(Item item, std::int64_t key);
  /// The smallest key; kNever when empty.
  [[nodiscard]] std::int64_t next() const { return next_; }
  /// The counter reaches `counter`; appends the items with this key, in any order.
  /// Requires: counter <= next().
  void advance(std::int64_t counter, std::vector<Item>& due);
  /// Takes out an item that was added with this key.
  void remove(Item item, std::int64_t key);

 private:
  static constexpr std::size_t kBuckets = 4096;  // 64 words of 64 bits: one word tells which
  static constexpr Item kNone = std::numeric_limits<Item>::max();
  struct Far {
    Item item;
    std::int64_t key;
  };
  [[nodiscard]] static std::size_t bucket_of(std::int64_t key) {
    return static_cast<std::size_t>(key) % kBuckets;
  }
  [[nodiscard]] bool is_near(std::int64_t key) const {
    return key - counter_ < static_cast<std::int64_t>(kBuckets);
  }
  void put(Item item, std::int64_t key);
  void fetch_near();
  void empty_bucket(std::size_t bucket);
  [[nodiscard]] std::int64_t first_near() const;
  [[nodiscard]] std::int64_t first_far() const;

  std::array<Item, kBuckets> heads_;
  std::array<std::uint64_t, kBuckets / 64> filled_{};  ///< a bit per bucket
  std::uint64_t words_ = 0;                            ///< a bit per word of filled_
  std::vector<Item> behind_;                           ///< by item: the next one in its bucket
  std::vector<Far> far_;
  std::int64_t counter_ = 0;
  std::int64_t next_ = kNever;
};

}  // namespace kvsim::engine
