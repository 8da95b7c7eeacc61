#include "sim/memory/stack_distances.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::memory {

void PlaceSums::add(std::uint64_t place, std::int64_t amount) {
  while (place >= tree_.size()) {
    const std::size_t half = tree_.size() - 1;  // its entry is the sum of all
    tree_.resize(2 * half + 1, 0);
    tree_.back() = tree_[half];
  }
  total_ += amount;
  for (; place < tree_.size(); place += place & (~place + 1)) {
    tree_[place] += amount;
  }
}

std::int64_t PlaceSums::up_to(std::uint64_t place) const {
  std::int64_t sum = 0;
  for (place = std::min<std::uint64_t>(place, tree_.size() - 1); place > 0;
       place -= place & (~place + 1)) {
    sum += tree_[place];
  }
  return sum;
}

StackDistances::StackDistances(std::int64_t block_size, bool unhashed_first)
    : cache_(0, block_size, unhashed_first),
      block_size_(block_size),
      unhashed_first_(unhashed_first) {}

void StackDistances::add(const spec::Content& content, std::int64_t prompt_tokens,
                         std::int64_t computed) {
  ++requests_;
  queries_ += prompt_tokens;
  const std::int64_t full = computed / block_size_;
  const std::int64_t unhashed = computed % block_size_ == 0 ? 0 : 1;
  LeaseId lease = kNoLease;
  if (content != nullptr) {
    // What is there of the prompt's last block is used again, too, although it does not count.
    static_cast<void>(cache_.find(*content, full));
    measure((prompt_tokens - 1) / block_size_);
    lease = cache_.open_found(content);
    cache_.cover(lease, full);
  }
  unhashed_ahead_ = unhashed_first_ ? unhashed : 0;
  used_.add(++cache_.clock_, unhashed - unhashed_ahead_ + (lease == kNoLease ? full : 0));
  if (lease != kNoLease) {  // behind what has no hash
    KVSIM_CHECK(cache_.close(lease) == full, "requests that come one by one share blocks");
    used_.add(cache_.closed_, full);
  }
}

// Takes what was found out of the stack, from the start of the chain on: nothing of it was used
// later than what comes before it, so all that is already out lay above.
void StackDistances::measure(std::int64_t countable) {
  std::int64_t out = 0;
  for (const PrefixCache::Part& part : cache_.found_) {
    for (std::int64_t block = part.lo; block < part.hi;) {
      const PrefixCache::Piece& piece = cache_.pieces_[cache_.piece_with(part.copy, block)];
      const std::int64_t blocks = std::min(part.hi, piece.hi) - block;
      const std::int64_t above = used_.total() - used_.up_to(piece.stamp) + out;
      count(above + 1 + unhashed_ahead_, std::min(blocks, countable - block));
      used_.add(piece.stamp, -blocks);
      out += blocks;
      block += blocks;
    }
  }
}

// Blocks at the distances first, first + 1, ...: one more hit for every block of capacity from
// there on, until all of them are hit.
void StackDistances::count(std::int64_t first, std::int64_t blocks) {
  if (blocks > 0) {
    changes_.push_back({first - 1, 1});
    changes_.push_back({first - 1 + blocks, -1});
    most_hits_ += blocks;
    enough_ = std::max(enough_, first - 1 + blocks);
  }
}

void StackDistances::finish() {
  std::sort(changes_.begin(), changes_.end());
  bends_ = {{0, 0, 0}};
  for (const auto& [capacity, change] : changes_) {
    Bend next = bends_.back();
    if (next.capacity != capacity) {
      next.hits += next.slope * (capacity - next.capacity);
      next.capacity = capacity;
      bends_.push_back(next);
    }
    bends_.back().slope += change;
  }
}

std::int64_t StackDistances::hits(std::int64_t capacity) const {
  const auto behind = std::upper_bound(
      bends_.begin(), bends_.end(), capacity,
      [](std::int64_t wanted, const Bend& bend) { return wanted < bend.capacity; });
  const Bend& last = *std::prev(behind);
  return last.hits + last.slope * (capacity - last.capacity);
}

}  // namespace kvsim::memory
