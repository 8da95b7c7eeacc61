#include "sim/cluster/routed_prefixes.hpp"

#include <ranges>

namespace kvsim::cluster {
namespace {

// Visits the stretches that lie in the prompt as a whole, as long as `visit` answers true.
template <class Visit>
void for_each_stretch(const spec::PromptContent& content, std::int64_t prompt_tokens,
                      Visit&& visit) {
  std::int64_t end = 0;
  for (const spec::Stretch& stretch : content.stretches) {
    end += stretch.tokens;
    if (end > prompt_tokens || !visit(stretch, end)) {
      return;
    }
  }
}

}  // namespace

RoutedPrefixes::RoutedPrefixes(const std::vector<std::int64_t>& room)
    : replicas_(room.size()), nodes_(1) {
  for (std::size_t i = 0; i < room.size(); ++i) {
    replicas_[i].room = room[i];
  }
}

// A stretch that nobody has any more is no node, so the last one found is somebody's.
RoutedPrefixes::Match RoutedPrefixes::longest(const spec::PromptContent& content,
                                              std::int64_t prompt_tokens) const {
  NodeId node = kRoot;
  std::int64_t tokens = 0;
  for_each_stretch(content, prompt_tokens, [&](const spec::Stretch& stretch, std::int64_t end) {
    const auto next = children_.find({node, stretch});
    if (next == children_.end()) {
      return false;
    }
    node = next->second;
    tokens = end;
    return true;
  });
  return {tokens, nodes_[node].replicas};
}

// From the end to the beginning, so that the beginning is the most recently used.
void RoutedPrefixes::sent(const spec::PromptContent& content, std::int64_t prompt_tokens,
                          std::size_t replica) {
  path_.clear();
  for_each_stretch(content, prompt_tokens, [&](const spec::Stretch& stretch, std::int64_t) {
    path_.push_back(child(path_.empty() ? kRoot : path_.back(), stretch));
    return true;
  });
  for (const NodeId node : path_ | std::views::reverse) {
    use(replica, node);
  }
  while (replicas_[replica].tokens > replicas_[replica].room) {
    forget_oldest(replica);
  }
}

RoutedPrefixes::NodeId RoutedPrefixes::child(NodeId parent, const spec::Stretch& stretch) {
  const auto [place, is_new] = children_.try_emplace({parent, stretch}, kRoot);
  if (is_new) {
    if (free_.empty()) {
      free_.push_back(static_cast<NodeId>(nodes_.size()));
      nodes_.emplace_back();
    }
    place->second = free_.back();
    free_.pop_back();
    nodes_[place->second].key = place->first;
  }
  return place->second;
}

void RoutedPrefixes::use(std::size_t replica, NodeId node) {
  Replica& one = replicas_[replica];
  const auto [place, is_new] = one.held.push_back({node, nodes_[node].replicas.size()});
  if (!is_new) {
    one.held.relocate(one.held.end(), place);
    return;
  }
  nodes_[node].replicas.push_back(replica);
  one.tokens += nodes_[node].key.stretch.tokens;
}

void RoutedPrefixes::forget_oldest(std::size_t replica) {
  Replica& one = replicas_[replica];
  const Held oldest = one.held.front();
  one.held.pop_front();
  one.tokens -= nodes_[oldest.node].key.stretch.tokens;
  leave(oldest.place, oldest.node);
}

// The last of the node's list takes the place of the one that leaves.
void RoutedPrefixes::leave(std::size_t place, NodeId node) {
  std::vector<std::size_t>& list = nodes_[node].replicas;
  const std::size_t last = list.back();
  list.pop_back();
  if (place < list.size()) {
    list[place] = last;
    replicas_[last].held.get<1>().find(node)->place = place;
  }
  if (list.empty()) {
    children_.erase(nodes_[node].key);
    free_.push_back(node);
  }
}

}  // namespace kvsim::cluster
