// Which copies of which blocks are the same tokens: a tree of chains of stretches
// (spec/prompt_content.hpp), in which a node stands for stretches that so far only follow each
// other.
//
//   root ─ [system prompt] ─┬─ [question 1, answer 1, question 2]
//                           └─ [question 7]
//
// A block belongs to the node in which its last token lies, since what is before it follows from
// there: node [b, e) of tokens has the blocks ⌊b/size⌋ up to ⌊e/size⌋, whatever the block size is.
// A node lists the copies that have, or had, some of its blocks, in the order in which they came.
#pragma once

#include <boost/container_hash/hash.hpp>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/spec/prompt_content.hpp"

namespace kvsim::memory {

using NodeId = std::uint32_t;
using CopyId = std::uint32_t;

class PrefixTree {
 public:
  struct Node {
    NodeId parent = 0;
    spec::Content content;  ///< the stretches from `first` to before `last` of it
    std::size_t first = 0;
    std::size_t last = 0;
    std::int64_t begin = 0;  ///< tokens
    std::int64_t end = 0;
    std::vector<CopyId> copies;
    std::int64_t users = 0;  ///< children, and whoever pinned it
  };
  static constexpr NodeId kRoot = 0;

  PrefixTree() : nodes_(1) { nodes_[kRoot].users = 1; }

  [[nodiscard]] const Node& operator[](NodeId node) const { return nodes_[node]; }
  [[nodiscard]] Node& operator[](NodeId node) { return nodes_[node]; }

  /// Visits the nodes that `content` goes through, from the root on, as long as
  /// `visit(node, end)` answers true; `end`: the tokens from the start that it shares.
  template <class Visit>
  void follow(const spec::PromptContent& content, Visit&& visit) const;

  /// The node at whose end all of `content` ends; made where it is missing. A node that is split
  /// keeps its lower part, so whoever pinned it still finds its own end there.
  [[nodiscard]] NodeId insert(const spec::Content& content);
  void pin(NodeId node) { ++nodes_[node].users; }
  /// Forgets the node and those above it which nobody uses any more.
  void unpin(NodeId node);
  void forget_copy(NodeId node, CopyId copy);

 private:
  struct Key {
    NodeId parent;
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
  [[nodiscard]] static std::size_t common(const Node& node, const spec::PromptContent& content,
                                          std::size_t from);
  [[nodiscard]] NodeId make(Node node);
  [[nodiscard]] Key key_of(NodeId node) const {
    return {nodes_[node].parent, nodes_[node].content->stretches[nodes_[node].first]};
  }
  [[nodiscard]] NodeId split(NodeId node, std::size_t stretches);

  std::vector<Node> nodes_;
  std::vector<NodeId> free_;
  std::unordered_map<Key, NodeId, Hash> children_;
};

template <class Visit>
void PrefixTree::follow(const spec::PromptContent& content, Visit&& visit) const {
  NodeId parent = kRoot;
  for (std::size_t next = 0; next < content.stretches.size();) {
    const auto child = children_.find({parent, content.stretches[next]});
    if (child == children_.end()) {
      return;
    }
    const Node& node = nodes_[child->second];
    const std::size_t shared = common(node, content, next);
    const bool whole = shared == node.last - node.first;
    std::int64_t end = node.end;
    for (std::size_t i = node.first + shared; i < node.last; ++i) {
      end -= node.content->stretches[i].tokens;
    }
    if (!visit(node, end) || !whole) {
      return;
    }
    parent = child->second;
    next += shared;
  }
}

}  // namespace kvsim::memory
