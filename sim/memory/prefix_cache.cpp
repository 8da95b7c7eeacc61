#include "sim/memory/prefix_cache.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::memory {

PrefixCache::PrefixCache(std::int64_t blocks, std::int64_t block_size, bool unhashed_first)
    : block_size_(block_size), unhashed_first_(unhashed_first) {
  add_blank(blocks, false);
}

// --- What is where --------------------------------------------------------------------------

// The first piece that ends behind `block`.
PrefixCache::PieceId PrefixCache::piece_after(CopyId copy, std::int64_t block) const {
  PieceId piece = copies_[copy].front;
  while (piece != kNone && pieces_[piece].hi <= block) {
    piece = pieces_[piece].after;
  }
  return piece;
}

PrefixCache::PieceId PrefixCache::piece_with(CopyId copy, std::int64_t block) const {
  const PieceId piece = piece_after(copy, block);
  KVSIM_CHECK(piece != kNone && pieces_[piece].lo <= block, "a KV block that was found is gone");
  return piece;
}

// The piece to use for `block`: of several, that of the copy which got it first. The same holds up
// to `until`, which is lowered to where any copy begins, ends, or got its blocks at another time.
PrefixCache::PieceId PrefixCache::first_come(const PrefixTree::Node& node, std::int64_t block,
                                             std::int64_t& until) const {
  PieceId best = kNone;
  std::uint64_t earliest = 0;
  for (const CopyId copy : node.copies) {
    const PieceId piece = piece_after(copy, block);
    if (piece == kNone) {
      continue;
    }
    if (pieces_[piece].lo > block) {
      until = std::min(until, pieces_[piece].lo);
      continue;
    }
    until = std::min(until, pieces_[piece].hi);
    const auto& grown = copies_[copy].grown;
    auto growth = grown.begin();
    while (std::next(growth) != grown.end() && std::next(growth)->first <= block) {
      ++growth;
    }
    if (std::next(growth) != grown.end() && node.copies.size() > 1) {
      until = std::min(until, std::next(growth)->first);
    }
    if (best == kNone || growth->second < earliest) {
      best = piece;
      earliest = growth->second;
    }
  }
  return best;
}

// Adds the blocks of one node up to `until`; false: one is missing.
bool PrefixCache::find_in(const PrefixTree::Node& node, std::int64_t until, FoundPrefix& found) {
  while (found.blocks < until) {
    std::int64_t end = until;
    const PieceId piece = first_come(node, found.blocks, end);
    if (piece == kNone) {
      return false;
    }
    const CopyId copy = pieces_[piece].copy;
    if (!found_.empty() && found_.back().copy == copy && found_.back().hi == found.blocks) {
      found_.back().hi = end;
    } else {
      found_.push_back({copy, found.blocks, end});
    }
    found.idle += pieces_[piece].holders == 0 ? end - found.blocks : 0;
    found.blocks = end;
  }
  return true;
}

FoundPrefix PrefixCache::find(const spec::PromptContent& content, std::int64_t most) {
  FoundPrefix found;
  found_.clear();
  tree_.follow(content, [&](const PrefixTree::Node& node, std::int64_t end) {
    const std::int64_t until = std::min(end / block_size_, most);
    return find_in(node, until, found) && until < most;
  });
  sought_ = &content;
  return found;
}

// --- Leases ---------------------------------------------------------------------------------

LeaseId PrefixCache::open(const spec::Content& content) {
  if (free_leases_.empty()) {
    free_leases_.push_back(static_cast<LeaseId>(leases_.size()));
    leases_.emplace_back();
  }
  const LeaseId id = free_leases_.back();
  free_leases_.pop_back();
  Lease& lease = leases_[index(id)];
  lease.content = content;
  lease.own = kBlank;
  lease.has_leaf = false;
  lease.covered = 0;
  lease.found.clear();
  return id;
}

LeaseId PrefixCache::open_found(const spec::Content& content) {
  KVSIM_CHECK(sought_ == content.get(), "a lease on what was found for another request");
  sought_ = nullptr;
  const LeaseId id = open(content);
  Lease& lease = leases_[index(id)];
  lease.found = found_;
  lease.covered = found_.empty() ? 0 : found_.back().hi;
  for (const Part& part : lease.found) {
    hold(part);
  }
  ++changes_;
  return id;
}

void PrefixCache::cover(LeaseId id, std::int64_t blocks) {
  Lease& lease = leases_[index(id)];
  if (blocks <= lease.covered) {
    return;
  }
  if (!lease.has_leaf) {
    lease.leaf = tree_.insert(lease.content);
    tree_.pin(lease.leaf);
    lease.has_leaf = true;
  }
  if (lease.own == kBlank) {
    lease.own = new_copy(lease.leaf);
  }
  grow(lease.own, lease.covered, blocks);
  lease.covered = blocks;
  ++changes_;
}

std::int64_t PrefixCache::close(LeaseId id) {
  Lease& lease = leases_[index(id)];
  std::int64_t freed = 0;
  closed_ = ++clock_;
  if (lease.own != kBlank) {
    const std::int64_t from = lease.found.empty() ? 0 : lease.found.back().hi;
    freed += let_go({lease.own, from, lease.covered});
    copies_[lease.own].grows = false;
    drop_copy_if_empty(lease.own);
  }
  for (auto part = lease.found.rbegin(); part != lease.found.rend(); ++part) {
    freed += let_go(*part);
  }
  if (lease.has_leaf) {
    tree_.unpin(lease.leaf);
  }
  lease.content.reset();
  free_leases_.push_back(id);
  ++changes_;
  return freed;
}

// --- Copies and their pieces ----------------------------------------------------------------

PrefixCache::PieceId PrefixCache::new_piece(const Piece& piece) {
  if (free_pieces_.empty()) {
    pieces_.push_back(piece);
    return static_cast<PieceId>(pieces_.size() - 1);
  }
  const PieceId id = free_pieces_.back();
  free_pieces_.pop_back();
  pieces_[id] = piece;
  return id;
}

// The part from `at` on becomes a piece of its own. In the queue it goes first.
void PrefixCache::split(PieceId lower, std::int64_t at) {
  Piece piece = pieces_[lower];
  piece.lo = at;
  piece.before = lower;
  const PieceId upper = new_piece(piece);
  (piece.after == kNone ? copies_[piece.copy].back : pieces_[piece.after].before) = upper;
  pieces_[lower].hi = at;
  pieces_[lower].after = upper;
  if (piece.holders == 0) {
    enqueue(upper, lower);
  }
}

// With the next one, if as many hold both.
bool PrefixCache::unite(PieceId lower) {
  const PieceId upper = pieces_[lower].after;
  if (upper == kNone || pieces_[upper].lo != pieces_[lower].hi ||
      pieces_[upper].holders != pieces_[lower].holders) {
    return false;
  }
  if (pieces_[lower].holders == 0) {  // then they have to follow each other in the queue too
    if (pieces_[lower].sooner != upper || pieces_[lower].stamp != pieces_[upper].stamp) {
      return false;
    }
    const PieceId sooner = pieces_[upper].sooner;
    pieces_[lower].sooner = sooner;
    (sooner == kNone ? head_ : pieces_[sooner].later) = lower;
  }
  pieces_[lower].hi = pieces_[upper].hi;
  drop(upper);
  return true;
}

// Out of its copy. Requires: it is not in the queue, or has just been taken out of its list.
void PrefixCache::drop(PieceId id) {
  const Piece& piece = pieces_[id];
  if (piece.copy != kBlank) {
    Copy& copy = copies_[piece.copy];
    (piece.before == kNone ? copy.front : pieces_[piece.before].after) = piece.after;
    (piece.after == kNone ? copy.back : pieces_[piece.after].before) = piece.before;
  }
  free_pieces_.push_back(id);
}

CopyId PrefixCache::new_copy(NodeId leaf) {
  if (free_copies_.empty()) {
    free_copies_.push_back(static_cast<CopyId>(copies_.size()));
    copies_.emplace_back();
  }
  const CopyId id = free_copies_.back();
  free_copies_.pop_back();
  Copy& copy = copies_[id];
  copy.leaf = leaf;
  copy.front = copy.back = kNone;
  copy.grown.clear();
  copy.grows = true;
  tree_.pin(leaf);
  return id;
}

void PrefixCache::drop_copy_if_empty(CopyId id) {
  const Copy& copy = copies_[id];
  if (copy.front != kNone || copy.grows) {
    return;
  }
  for (NodeId node = copy.leaf; node != PrefixTree::kRoot; node = tree_[node].parent) {
    tree_.forget_copy(node, id);
  }
  tree_.unpin(copy.leaf);
  free_copies_.push_back(id);
}

void PrefixCache::grow(CopyId id, std::int64_t from, std::int64_t to) {
  Copy& copy = copies_[id];
  const PieceId last = copy.back;
  copy.grown.emplace_back(from, ++clock_);
  if (last != kNone && pieces_[last].hi == from && pieces_[last].holders == 1) {
    pieces_[last].hi = to;
  } else {
    Piece piece;
    piece.copy = id;
    piece.lo = from;
    piece.hi = to;
    piece.holders = 1;
    piece.before = last;
    const PieceId added = new_piece(piece);
    (last == kNone ? copy.front : pieces_[last].after) = added;
    copy.back = added;
  }
  list_in_nodes(id, from, to);
}

void PrefixCache::list_in_nodes(CopyId id, std::int64_t from, std::int64_t to) {
  for (NodeId node = copies_[id].leaf; node != PrefixTree::kRoot; node = tree_[node].parent) {
    if (tree_[node].end / block_size_ <= from) {
      return;
    }
    std::vector<CopyId>& copies = tree_[node].copies;
    if (tree_[node].begin / block_size_ < to &&
        std::find(copies.begin(), copies.end(), id) == copies.end()) {
      copies.push_back(id);
    }
  }
}

void PrefixCache::hold(const Part& part) {
  PieceId piece = piece_with(part.copy, part.lo);
  if (pieces_[piece].lo < part.lo) {
    split(piece, part.lo);
    piece = pieces_[piece].after;
  }
  PieceId joint = pieces_[piece].before == kNone ? piece : pieces_[piece].before;
  for (; piece != kNone && pieces_[piece].lo < part.hi; piece = pieces_[piece].after) {
    if (pieces_[piece].hi > part.hi) {
      split(piece, part.hi);
    }
    if (pieces_[piece].holders++ == 0) {
      leave_queue(piece);
    }
  }
  while (joint != kNone && pieces_[joint].hi <= part.hi) {
    joint = unite(joint) ? joint : pieces_[joint].after;
  }
}

// From the last piece to the first, so that the end of a chain is overwritten first.
std::int64_t PrefixCache::let_go(const Part& part) {
  std::int64_t freed = 0;
  PieceId piece = piece_with(part.copy, part.hi - 1);
  for (std::int64_t block = part.hi; block > part.lo;) {
    if (pieces_[piece].hi > block) {
      split(piece, block);
    }
    if (pieces_[piece].lo < part.lo) {
      split(piece, part.lo);
      piece = pieces_[piece].after;
    }
    const PieceId before = pieces_[piece].before;
    block = pieces_[piece].lo;
    if (--pieces_[piece].holders == 0) {
      freed += pieces_[piece].size();
      append(piece);
    }
    unite(piece);
    piece = before;
  }
  if (piece != kNone) {
    unite(piece);
  }
  return freed;
}

// --- The queue ------------------------------------------------------------------------------

// Before `later`; at the tail if that is kNone.
void PrefixCache::enqueue(PieceId id, PieceId later) {
  const PieceId sooner = later == kNone ? tail_ : pieces_[later].sooner;
  pieces_[id].sooner = sooner;
  pieces_[id].later = later;
  (sooner == kNone ? head_ : pieces_[sooner].later) = id;
  (later == kNone ? tail_ : pieces_[later].sooner) = id;
}

void PrefixCache::leave_queue(PieceId id) {
  const Piece& piece = pieces_[id];
  (piece.sooner == kNone ? head_ : pieces_[piece.sooner].later) = piece.later;
  (piece.later == kNone ? tail_ : pieces_[piece.later].sooner) = piece.sooner;
  queued_ -= piece.size();
  kept_ -= piece.copy == kBlank ? 0 : piece.size();
}

void PrefixCache::append(PieceId id) {
  enqueue(id, kNone);
  pieces_[id].stamp = closed_;
  queued_ += pieces_[id].size();
  kept_ += pieces_[id].size();
}

void PrefixCache::add_blank(std::int64_t blocks, bool at_head) {
  if (blocks == 0) {
    return;
  }
  queued_ += blocks;
  const PieceId end = at_head ? head_ : tail_;
  if (end != kNone && pieces_[end].copy == kBlank) {
    pieces_[end].hi += blocks;
    return;
  }
  Piece piece;
  piece.hi = blocks;
  enqueue(new_piece(piece), at_head ? head_ : kNone);
}

void PrefixCache::take(std::int64_t blocks) {
  KVSIM_CHECK(blocks <= queued_, "more KV blocks were taken than nobody holds");
  while (blocks > 0) {
    const PieceId id = head_;
    Piece& piece = pieces_[id];
    const std::int64_t taken = std::min(blocks, piece.size());
    blocks -= taken;
    if (taken < piece.size()) {
      piece.hi -= taken;
      queued_ -= taken;
      kept_ -= piece.copy == kBlank ? 0 : taken;
    } else {
      const CopyId copy = piece.copy;
      leave_queue(id);
      drop(id);
      if (copy != kBlank) {
        drop_copy_if_empty(copy);
      }
    }
  }
}

std::int64_t PrefixCache::kept_after(std::int64_t blocks) const {
  if (blocks >= queued_) {
    return 0;
  }
  std::int64_t kept = kept_;
  for (PieceId id = head_; id != kNone && blocks > 0; id = pieces_[id].later) {
    const std::int64_t taken = std::min(blocks, pieces_[id].size());
    kept -= pieces_[id].copy == kBlank ? 0 : taken;
    blocks -= taken;
  }
  return kept;
}

void PrefixCache::give_back(std::int64_t full, std::int64_t unhashed) {
  add_blank(unhashed, unhashed_first_);
  add_blank(full, false);
}

}  // namespace kvsim::memory
