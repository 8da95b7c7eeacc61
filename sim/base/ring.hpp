// A queue in one piece of memory: std::deque with a size() that is a subtraction, and no allocation
// once it is as large as it gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kvsim {

template <class T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tail_ - head_); }
  /// Requires: not empty.
  [[nodiscard]] const T& front() const { return places_[head_ & mask_]; }
  /// Requires: index < size().
  [[nodiscard]] const T& operator[](std::int64_t index) const {
    return places_[(head_ + static_cast<std::size_t>(index)) & mask_];
  }

  void push_back(const T& value) { push_back(T(value)); }
  void push_back(T&& value) {
    make_room();
    places_[tail_++ & mask_] = std::move(value);
  }
  void push_front(T value) {
    make_room();
    places_[--head_ & mask_] = std::move(value);
  }
  /// Requires: not empty.
  T pop_front() { return std::move(places_[head_++ & mask_]); }

 private:
  static constexpr std::size_t kFewest = 16;
  void make_room() {
    if (places_.empty() || tail_ - head_ > mask_) {
      grow();
    }
  }
  void grow() {
    std::vector<T> larger(places_.empty() ? kFewest : 2 * places_.size());
    const std::size_t count = tail_ - head_;
    for (std::size_t i = 0; i < count; ++i) {
      larger[i] = std::move(places_[(head_ + i) & mask_]);
    }
    places_ = std::move(larger);
    mask_ = places_.size() - 1;
    head_ = 0;
    tail_ = count;
  }

  std::vector<T> places_;  ///< a power of two of them
  std::size_t mask_ = 0;   ///< how many, less one: no division by the size of T
  std::size_t head_ = 0;   ///< both count on, round and round
  std::size_t tail_ = 0;
};

}  // namespace kvsim
