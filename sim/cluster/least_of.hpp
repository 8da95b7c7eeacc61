// The least of a few keys that change one at a time; of equal ones the first.
//
// A tree of winners: O(log n) for a change, O(1) for the question.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

namespace kvsim::cluster {

template <class Key>
class LeastOf {
 public:
  /// All keys are Key(). Requires: count > 0.
  explicit LeastOf(std::size_t count)
      : keys_(count), leaves_(std::bit_ceil(count)), winners_(2 * leaves_) {
    for (std::size_t i = 0; i < leaves_; ++i) {
      winners_[leaves_ + i] = i;
    }
    rebuild();
  }

  [[nodiscard]] const Key& key(std::size_t index) const { return keys_[index]; }
  [[nodiscard]] std::size_t least() const { return winners_[1]; }

  void set(std::size_t index, Key key) {
    keys_[index] = key;
    for (std::size_t i = (leaves_ + index) / 2; i > 0; i /= 2) {
      play(i);
    }
  }
  /// All at once, in O(n): those that `key_of` gives for each index.
  template <class KeyOf>
  void set_all(KeyOf key_of) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      keys_[i] = key_of(i);
    }
    rebuild();
  }

 private:
  void rebuild() {
    for (std::size_t i = leaves_ - 1; i > 0; --i) {
      play(i);
    }
  }
  // The left one has the lower index; leaves without a key are the rightmost and lose.
  void play(std::size_t i) {
    const std::size_t left = winners_[2 * i];
    const std::size_t right = winners_[2 * i + 1];
    winners_[i] = right < keys_.size() && keys_[right] < keys_[left] ? right : left;
  }

  std::vector<Key> keys_;
  std::size_t leaves_;                ///< a power of two
  std::vector<std::size_t> winners_;  ///< winners_[i]: of winners_[2i] and [2i + 1]; leaves last
};

}  // namespace kvsim::cluster
