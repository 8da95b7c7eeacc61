#include "sim/engine/finish_wheel.hpp"

#include <algorithm>
#include <bit>

namespace kvsim::engine {
namespace {

// The first bit that is set from `from` on, round and round. Requires: bits != 0.
std::size_t next_bit(std::uint64_t bits, std::size_t from) {
  const int distance = std::countr_zero(std::rotr(bits, static_cast<int>(from)));
  return (from + static_cast<std::size_t>(distance)) % 64;
}

}  // namespace

void FinishWheel::add(Item item, std::int64_t key) {
  next_ = std::min(next_, key);
  if (is_near(key)) {
    put(item, key);
  } else {
    far_.push_back({item, key});
  }
}

void FinishWheel::put(Item item, std::int64_t key) {
  if (item >= behind_.size()) {
    behind_.resize(item + std::size_t{1}, kNone);
  }
  const std::size_t bucket = bucket_of(key);
  behind_[item] = heads_[bucket];
  heads_[bucket] = item;
  filled_[bucket / 64] |= std::uint64_t{1} << bucket % 64;
  words_ |= std::uint64_t{1} << bucket / 64;
}

void FinishWheel::advance(std::int64_t counter, std::vector<Item>& due) {
  counter_ = counter;
  if (!far_.empty()) {
    fetch_near();
  }
  if (counter < next_) {
    return;
  }
  const std::size_t bucket = bucket_of(counter);
  for (Item item = heads_[bucket]; item != kNone; item = behind_[item]) {
    due.push_back(item);
  }
  empty_bucket(bucket);
  next_ = std::min(first_near(), first_far());
}

void FinishWheel::fetch_near() {
  std::erase_if(far_, [&](const Far& far) {
    if (!is_near(far.key)) {
      return false;
    }
    put(far.item, far.key);
    return true;
  });
}

// The rest of the word that the counter points into, then the words behind it, then its beginning.
std::int64_t FinishWheel::first_near() const {
  if (words_ == 0) {
    return kNever;
  }
  const std::size_t start = bucket_of(counter_);
  std::size_t word = start / 64;
  std::uint64_t bits = filled_[word] & (~std::uint64_t{0} << start % 64);
  if (bits == 0) {
    word = next_bit(words_, (word + 1) % 64);
    bits = filled_[word];
  }
  const std::size_t bucket = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
  return counter_ + static_cast<std::int64_t>((bucket - start) % kBuckets);
}

std::int64_t FinishWheel::first_far() const {
  std::int64_t first = kNever;
  for (const Far& far : far_) {
    first = std::min(first, far.key);
  }
  return first;
}

void FinishWheel::remove(Item item, std::int64_t key) {
  const std::size_t bucket = bucket_of(key);
  Item* link = &heads_[bucket];
  while (*link != kNone && *link != item) {
    link = &behind_[*link];
  }
  if (*link == item) {
    *link = behind_[item];
  } else {
    std::erase_if(far_, [&](const Far& far) { return far.item == item; });
  }
  if (heads_[bucket] == kNone) {
    empty_bucket(bucket);
  }
  if (key == next_) {
    next_ = std::min(first_near(), first_far());
  }
}

void FinishWheel::empty_bucket(std::size_t bucket) {
  heads_[bucket] = kNone;
  filled_[bucket / 64] &= ~(std::uint64_t{1} << bucket % 64);
  if (filled_[bucket / 64] == 0) {
    words_ &= ~(std::uint64_t{1} << bucket / 64);
  }
}

}  // namespace kvsim::engine
