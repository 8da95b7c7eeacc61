// Who may use whose KV blocks again, and which are overwritten first: vLLM V1's block pool
// (vllm/v1/core/block_pool.py, kv_cache_manager.py; PHYSICS 6.1), in extents instead of blocks.
//
//   find     full blocks only, the longest prefix there is; of a block that was computed twice,
//            the copy that came first
//   open     found blocks are held once more; those that nobody held leave the queue
//   take     blocks come from the queue's head; what they kept is gone
//   cover    full blocks can be found from when they are scheduled on
//   close    blocks that nobody holds any more go to the queue's tail, a chain's last block first,
//            so that of a prefix the end is overwritten first; full blocks without a future too.
//            What never was a full block goes to the head since vLLM 0.24, to the tail before
//
// A copy is a run of blocks that one request computed; its pieces are held by equally many. A lease
// is what a request holds: pieces of others' copies, then its own. So a request costs as many
// pieces as it shares boundaries with others, however long it is.
//
// Requires: one group of layers that keeps all tokens. Not modelled: partial blocks, hashes that
// differ by LoRA or multi-modal input, other tiers than HBM.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/memory/prefix_tree.hpp"
#include "sim/spec/prompt_content.hpp"

namespace kvsim::memory {

using LeaseId = std::int32_t;
inline constexpr LeaseId kNoLease = -1;

/// Leading blocks of a request that are there already.
struct FoundPrefix {
  std::int64_t blocks = 0;
  std::int64_t idle = 0;  ///< of those, blocks that nobody holds
};

class PrefixCache {
 public:
  /// An empty pool. `unhashed_first`: what cannot be found is overwritten first (vLLM 0.24).
  PrefixCache(std::int64_t blocks, std::int64_t block_size, bool unhashed_first);

  /// The longest prefix of `content` that is there, of at most `most` blocks.
  [[nodiscard]] FoundPrefix find(const spec::PromptContent& content, std::int64_t most);
  /// A lease that holds nothing yet.
  [[nodiscard]] LeaseId open(const spec::Content& content);
  /// One that holds what the last find() found. Requires: it sought this content, and no block has
  /// changed hands since.
  [[nodiscard]] LeaseId open_found(const spec::Content& content);
  /// The chain's first `blocks` blocks can be found; those behind what was found are its own.
  void cover(LeaseId lease, std::int64_t blocks);
  [[nodiscard]] std::int64_t covered(LeaseId lease) const { return leases_[index(lease)].covered; }
  /// Gives back all that it holds and answers how many blocks nobody holds any more.
  std::int64_t close(LeaseId lease);

  /// Overwrites the first `blocks` of the queue. Requires: there are as many.
  void take(std::int64_t blocks);
  /// Gives back blocks that nobody will ask for: full ones, or others.
  void give_back(std::int64_t full, std::int64_t unhashed);

  /// Blocks that nobody holds and that can be found.
  [[nodiscard]] std::int64_t kept() const { return kept_; }
  /// Those that take(blocks) would leave.
  [[nodiscard]] std::int64_t kept_after(std::int64_t blocks) const;
  /// Whatever may be found has changed if this has.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  friend class StackDistances;
  using PieceId = std::uint32_t;
  static constexpr PieceId kNone = ~PieceId{0};
  static constexpr CopyId kBlank = ~CopyId{0};
  /// Blocks [lo, hi) of a copy, or hi - lo blocks that cannot be found.
  struct Piece {
    CopyId copy = kBlank;
    std::int64_t lo = 0;
    std::int64_t hi = 0;
    std::int64_t holders = 0;  ///< 0: in the queue
    std::uint64_t stamp = 0;   ///< of the close() that put it into the queue
    PieceId before = kNone;    ///< in the copy
    PieceId after = kNone;
    PieceId sooner = kNone;  ///< in the queue
    PieceId later = kNone;
    [[nodiscard]] std::int64_t size() const { return hi - lo; }
  };
  struct Copy {
    NodeId leaf = 0;  ///< pinned
    PieceId front = kNone;
    PieceId back = kNone;
    std::vector<std::pair<std::int64_t, std::uint64_t>> grown;  ///< from which block on, when
    bool grows = false;                                         ///< a lease calls it its own
  };
  struct Part {
    CopyId copy;
    std::int64_t lo;
    std::int64_t hi;
  };
  struct Lease {
    spec::Content content;
    NodeId leaf = 0;
    bool has_leaf = false;
    CopyId own = kBlank;
    std::int64_t covered = 0;
    std::vector<Part> found;
  };
  [[nodiscard]] static std::size_t index(LeaseId lease) { return static_cast<std::size_t>(lease); }

  [[nodiscard]] PieceId piece_with(CopyId copy, std::int64_t block) const;
  [[nodiscard]] PieceId piece_after(CopyId copy, std::int64_t block) const;
  [[nodiscard]] PieceId first_come(const PrefixTree::Node& node, std::int64_t block,
                                   std::int64_t& until) const;
  [[nodiscard]] bool find_in(const PrefixTree::Node& node, std::int64_t until, FoundPrefix& found);

  [[nodiscard]] PieceId new_piece(const Piece& piece);
  void split(PieceId piece, std::int64_t at);
  bool unite(PieceId lower);
  void drop(PieceId piece);
  [[nodiscard]] CopyId new_copy(NodeId leaf);
  void drop_copy_if_empty(CopyId copy);
  void grow(CopyId copy, std::int64_t from, std::int64_t to);
  void list_in_nodes(CopyId copy, std::int64_t from, std::int64_t to);
  void hold(const Part& part);
  [[nodiscard]] std::int64_t let_go(const Part& part);

  void enqueue(PieceId piece, PieceId later);
  void leave_queue(PieceId piece);
  void append(PieceId piece);
  void add_blank(std::int64_t blocks, bool at_head);

  std::int64_t block_size_;
  bool unhashed_first_;
  PrefixTree tree_;
  std::vector<Piece> pieces_;
  std::vector<PieceId> free_pieces_;
  std::vector<Copy> copies_;
  std::vector<CopyId> free_copies_;
  std::vector<Lease> leases_;
  std::vector<LeaseId> free_leases_;
  PieceId head_ = kNone;
  PieceId tail_ = kNone;
  std::int64_t queued_ = 0;
  std::int64_t kept_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t clock_ = 0;
  std::uint64_t closed_ = 0;                     ///< by clock_, the last close()
  const spec::PromptContent* sought_ = nullptr;  ///< by the last find()
  std::vector<Part> found_;                      ///< by it
};

}  // namespace kvsim::memory
