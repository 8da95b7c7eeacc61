#include "sim/memory/prefix_tree.hpp"

#include <algorithm>
#include <utility>

namespace kvsim::memory {

// Stretches that the node and `content` from `from` on have in common; a stretch that is the same
// object needs no look.
std::size_t PrefixTree::common(const Node& node, const spec::PromptContent& content,
                               std::size_t from) {
  const std::size_t most = std::min(node.last - node.first, content.stretches.size() - from);
  if (node.content.get() == &content && node.first == from) {
    return most;
  }
  const auto mine = node.content->stretches.begin() + static_cast<std::ptrdiff_t>(node.first);
  const auto other = content.stretches.begin() + static_cast<std::ptrdiff_t>(from);
  const auto end = mine + static_cast<std::ptrdiff_t>(most);
  return static_cast<std::size_t>(std::mismatch(mine, end, other).first - mine);
}

NodeId PrefixTree::make(Node node) {
  ++nodes_[node.parent].users;
  if (free_.empty()) {
    free_.push_back(static_cast<NodeId>(nodes_.size()));
    nodes_.emplace_back();
  }
  const NodeId id = free_.back();
  free_.pop_back();
  nodes_[id] = std::move(node);
  children_.insert_or_assign(key_of(id), id);
  return id;
}

NodeId PrefixTree::split(NodeId lower, std::size_t stretches) {
  Node upper = nodes_[lower];
  upper.last = upper.first + stretches;
  upper.end = upper.begin;
  for (std::size_t i = upper.first; i < upper.last; ++i) {
    upper.end += upper.content->stretches[i].tokens;
  }
  upper.users = 1;               // the lower part
  --nodes_[upper.parent].users;  // make() counts it again
  const NodeId id = make(std::move(upper));
  nodes_[lower].parent = id;
  nodes_[lower].first = nodes_[id].last;
  nodes_[lower].begin = nodes_[id].end;
  children_.emplace(key_of(lower), lower);
  return id;
}

NodeId PrefixTree::insert(const spec::Content& content) {
  NodeId parent = kRoot;
  std::size_t next = 0;
  while (next < content->stretches.size()) {
    const auto child = children_.find({parent, content->stretches[next]});
    if (child == children_.end()) {
      break;
    }
    parent = child->second;
    const std::size_t shared = common(nodes_[parent], *content, next);
    if (shared < nodes_[parent].last - nodes_[parent].first) {
      parent = split(parent, shared);
    }
    next += shared;
  }
  if (next == content->stretches.size()) {
    return parent;
  }
  Node leaf;
  leaf.parent = parent;
  leaf.content = content;
  leaf.first = next;
  leaf.last = content->stretches.size();
  leaf.begin = leaf.end = nodes_[parent].end;
  for (std::size_t i = next; i < leaf.last; ++i) {
    leaf.end += content->stretches[i].tokens;
  }
  return make(std::move(leaf));
}

void PrefixTree::unpin(NodeId node) {
  while (--nodes_[node].users == 0) {
    const NodeId parent = nodes_[node].parent;
    children_.erase(key_of(node));
    nodes_[node].content.reset();
    nodes_[node].copies.clear();
    free_.push_back(node);
    node = parent;
  }
}

void PrefixTree::forget_copy(NodeId node, CopyId copy) { std::erase(nodes_[node].copies, copy); }

}  // namespace kvsim::memory
