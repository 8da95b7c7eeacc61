// Hits against capacity, for all capacities in one pass.
//
// A cache that overwrites what was used longest ago keeps, whatever its size C, the C blocks that
// were used last: a block is found if no more than C - 1 others were used since (Mattson et al.,
// IBM Systems Journal 9:2, 1970: the stack distance). That is vLLM's block pool under one
// condition, that requests come one after the other: then all blocks are either in the queue or the
// one request's. Since 0.24 a block without a hash leaves the queue first and takes a place for
// itself until the next request: with one, capacity C keeps C - 1.
//
// What differs in a server: blocks that others hold at the same time, the order in which waiting
// requests are admitted, blocks computed twice (side by side, or the last block of a prompt that is
// there as a whole), preemption, several replicas.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/memory/prefix_cache.hpp"

namespace kvsim::memory {

/// Sums over places from the start, where places are added at the end. O(log places).
class PlaceSums {
 public:
  void add(std::uint64_t place, std::int64_t amount);
  /// Of all places up to this one.
  [[nodiscard]] std::int64_t up_to(std::uint64_t place) const;
  [[nodiscard]] std::int64_t total() const { return total_; }

 private:
  std::vector<std::int64_t> tree_ = {0, 0};  // Fenwick, from 1; its size less 1 is a power of two
  std::int64_t total_ = 0;
};

class StackDistances {
 public:
  StackDistances(std::int64_t block_size, bool unhashed_first);

  /// The next request, of whose tokens `computed` are stored when it ends, the prompt among them.
  /// Null content: nothing is found, its blocks take places.
  void add(const spec::Content& content, std::int64_t prompt_tokens, std::int64_t computed);

  [[nodiscard]] std::int64_t block_size() const { return block_size_; }
  [[nodiscard]] std::int64_t requests() const { return requests_; }
  /// Tokens of all prompts.
  [[nodiscard]] std::int64_t queries() const { return queries_; }
  /// Blocks found with room for `capacity` blocks. Requires: finish() since the last add().
  [[nodiscard]] std::int64_t hits(std::int64_t capacity) const;
  /// With room for everything.
  [[nodiscard]] std::int64_t most_hits() const { return most_hits_; }
  /// The capacity from which on there are no more hits.
  [[nodiscard]] std::int64_t enough() const { return enough_; }
  void finish();

 private:
  /// From `capacity` on, where there are `hits`, there are `slope` more for every block more.
  struct Bend {
    std::int64_t capacity;
    std::int64_t slope;
    std::int64_t hits;
  };
  void measure(std::int64_t countable);
  void count(std::int64_t first, std::int64_t blocks);

  PrefixCache cache_;
  std::int64_t block_size_;
  bool unhashed_first_;
  PlaceSums used_;                   ///< blocks, by the stamp of their last use
  std::int64_t unhashed_ahead_ = 0;  ///< in front of the queue
  std::vector<std::pair<std::int64_t, std::int64_t>> changes_;  ///< of the slope, at a capacity
  std::vector<Bend> bends_ = {{0, 0, 0}};
  std::int64_t requests_ = 0;
  std::int64_t queries_ = 0;
  std::int64_t most_hits_ = 0;
  std::int64_t enough_ = 0;
};

}  // namespace kvsim::memory
