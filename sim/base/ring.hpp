// A queue for many: std::deque with a size() that is a subtraction, whose memory is used again.
//
// Items lie in chunks, chunks in a ring. A longer queue takes more chunks: no item is moved, and
// there are never two copies of the queue.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/base/huge_pages.hpp"

namespace kvsim {

template <class T>
class Ring {
 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { swap(other); }
  Ring& operator=(Ring&& other) noexcept {
    swap(other);
    return *this;
  }

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tail_ - head_); }
  /// Requires: not empty.
  [[nodiscard]] T& front() { return place(head_); }
  [[nodiscard]] const T& front() const { return place(head_); }
  /// Requires: index < size().
  [[nodiscard]] const T& operator[](std::int64_t index) const {
    return place(head_ + static_cast<std::size_t>(index));
  }

  void push_back(const T& value) { push_back(T(value)); }
  void push_back(T&& value) {
    if (tail_ % kItems == 0) {
      enter(tail_ / kItems);
    }
    place(tail_++) = std::move(value);
  }
  void push_front(T value) {
    if (head_ % kItems == 0) {
      enter(head_ / kItems - 1);
    }
    place(--head_) = std::move(value);
  }
  /// Requires: not empty.
  T pop_front() { return std::move(place(head_++)); }
  /// For those who have moved front() away, or do not want it. Requires: not empty.
  void drop_front() { ++head_; }

 private:
  static constexpr std::size_t kItems = std::bit_floor(std::max<std::size_t>(4096 / sizeof(T), 16));
  // Places before it come into use too.
  static constexpr std::size_t kMiddle = std::size_t{1} << 62;
  using Chunk = std::array<T, kItems>;

  [[nodiscard]] T& place(std::size_t index) {
    return (*chunks_[index / kItems & mask_])[index % kItems];
  }
  [[nodiscard]] const T& place(std::size_t index) const {
    return (*chunks_[index / kItems & mask_])[index % kItems];
  }
  /// Makes room for items of this chunk, which is next to those in use.
  [[gnu::noinline]] void enter(std::size_t chunk) {
    const std::size_t first = std::min(chunk, head_ / kItems);
    const std::size_t last = empty() ? chunk : std::max(chunk, (tail_ - 1) / kItems);
    if (chunks_.size() < 2 || last - first > mask_) {
      grow();
    }
    Chunk*& memory = chunks_[chunk & mask_];
    if (memory == nullptr) {
      memory = memory_.add();
    }
  }
  void swap(Ring& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(chunks_, other.chunks_);
    std::swap(mask_, other.mask_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
  }
  void grow() {
    std::vector<Chunk*> larger(std::max<std::size_t>(2 * chunks_.size(), 2));
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      const std::size_t chunk = head_ / kItems + i;
      larger[chunk & (larger.size() - 1)] = chunks_[chunk & mask_];
    }
    chunks_ = std::move(larger);
    mask_ = chunks_.size() - 1;
  }

  HugePageStore<Chunk> memory_;
  std::vector<Chunk*> chunks_;  ///< a power of two of them; null: not needed yet
  std::size_t mask_ = 0;        ///< how many, less one
  std::size_t head_ = kMiddle;  ///< both count on
  std::size_t tail_ = kMiddle;
};

}  // namespace kvsim
