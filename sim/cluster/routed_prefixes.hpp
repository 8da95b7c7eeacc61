// What a router believes to be in the prefix caches: the prompts that it has sent to each replica,
// the latest of them, as much as the replica's KV cache holds.
//
// No replica is asked and none reports. That is how routers in use keep it: SGLang's (an
// approximate radix tree per worker, cleared of the least recently used; sgl-router,
// cache_aware.rs) and the prefix plugin of the Gateway API inference extension that llm-d runs (per
// server an LRU of blocks, its capacity read from the server: lruCapacityPerServer, autoTune). What
// a replica has evicted earlier, and the answers that it keeps, are not known
// (reports/decisions/0014).
//
//   root ─ [system prompt: 0, 1] ─┬─ [question 1: 0] ─ [answer 1, question 2: 0]
//                                 └─ [question 7: 1]
//
// A tree of stretches (spec/prompt_content.hpp), each with the replicas that were sent it. Who was
// sent a stretch was sent all before it, and is taken to have used those later: so the least
// recently used stretch of a replica is always a leaf of what it has.
#pragma once

#include <boost/container_hash/hash.hpp>
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/spec/prompt_content.hpp"

namespace kvsim::cluster {

class RoutedPrefixes {
 public:
  /// How many tokens are remembered of each replica.
  explicit RoutedPrefixes(const std::vector<std::int64_t>& room);

  struct Match {
    std::int64_t tokens = 0;
    std::span<const std::size_t> replicas{};  ///< in no order; valid until the next sent()
  };
  /// The longest beginning of the prompt that was sent to anybody, and to whom.
  [[nodiscard]] Match longest(const spec::PromptContent& content, std::int64_t prompt_tokens) const;
  /// Goes to `replica`.
  void sent(const spec::PromptContent& content, std::int64_t prompt_tokens, std::size_t replica);

 private:
  using NodeId = std::uint32_t;
  static constexpr NodeId kRoot = 0;

  struct Key {
    NodeId parent = kRoot;
    spec::Stretch stretch;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::size_t seed = 0;
      boost::hash_combine(seed, key.parent);
      boost::hash_combine(seed, key.stretch.id);
      boost::hash_combine(seed, key.stretch.tokens);
      return seed;
    }
  };
  struct Node {
    Key key;
    std::vector<std::size_t> replicas;
  };
  /// A stretch that a replica has, and its place in that node's list.
  struct Held {
    NodeId node = kRoot;
    mutable std::size_t place = 0;
  };
  /// The least recently used first.
  using Recency = boost::multi_index_container<
      Held,
      boost::multi_index::indexed_by<boost::multi_index::sequenced<>,
                                     boost::multi_index::hashed_unique<
                                         boost::multi_index::member<Held, NodeId, &Held::node>>>>;
  struct Replica {
    Recency held;
    std::int64_t tokens = 0;
    std::int64_t room = 0;  ///< tokens
  };

  [[nodiscard]] NodeId child(NodeId parent, const spec::Stretch& stretch);
  void use(std::size_t replica, NodeId node);
  void forget_oldest(std::size_t replica);
  void leave(std::size_t place, NodeId node);

  std::vector<Replica> replicas_;
  std::vector<Node> nodes_;
  std::vector<NodeId> free_;
  std::unordered_map<Key, NodeId, Hash> children_;
  std::vector<NodeId> path_;  ///< of the prompt that is sent
};

}  // namespace kvsim::cluster
