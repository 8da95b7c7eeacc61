// Who reads which tokens: a batch of unequal contexts cut into pieces of nearly equal cost.
//
// A row is one (sequence, unit) pair; a unit is one KV head, or one block of query heads where a KV
// head has more of them than a kernel takes at once. Workers (warps or blocks) walk over all rows
// in order, each until its payload is used up, across the borders of sequences:
//
//   payload = ceil(sum over rows (tiles + overhead) / workers) + overhead, at least a minimum
//
// the policy of FlashMLA's get_decoding_sched_meta. It is balanced for any skew, and its time is
// affine in the tokens read. A row in one piece writes its result; pieces of a cut row write
// partial results, which a second kernel merges (decode_merge.cuh).
#pragma once

#include <vector>

namespace kvsim {
namespace kernels {

struct Segment {
  int sequence;
  int unit;
  int first_token;  ///< a multiple of the tile
  int end_token;
  int partial;  ///< slot of the partial result; -1: this is the whole row
};

/// A row that is not written by one segment: cut into several, or without tokens (0 partials).
struct MergeRow {
  int sequence;
  int unit;
  int first_partial;
  int partials;
};

struct WorkPlan {
  std::vector<Segment> segments;
  std::vector<int> begin;  ///< segments of worker w: begin[w] to begin[w + 1]; workers + 1 entries
  std::vector<MergeRow> merges;
  int partials = 0;
};

struct WorkShape {
  int units = 1;           ///< per sequence
  int tile_tokens = 16;    ///< of one step of a worker
  int workers = 1;         ///< at most; fewer where the minimum says so
  int overhead_tiles = 2;  ///< what beginning a row costs
  int least_tiles = 4;     ///< of a piece, unless the row is shorter
};

[[nodiscard]] WorkPlan plan_work(const std::vector<int>& contexts, const WorkShape& shape);

}  // namespace kernels
}  // namespace kvsim
