// Pieces of a row into its result: out = sum_j w_j·out_j / sum_j w_j with w_j = 2^(lse_j - max
// lse).
//
// One block per query head; its warps take pieces in turn. Rows without any piece become zeros: an
// empty sequence attends to nothing.
#pragma once

#include "calibration/kernels/tiles.hpp"

namespace kvsim {
namespace kernels {

inline constexpr int kMergeWarps = 4;
inline constexpr int kMergeColumns = 512 / 32;  // of a lane, at most

/// Shared memory: sums of every warp, and its weight.
inline constexpr int merge_shared_bytes(int width) { return kMergeWarps * (width + 1) * 4; }

KVSIM_KERNEL(32 * kMergeWarps, 1)
merge_decode(const MergeCall call) {
  const MergeRow merge = call.merges[block() / call.rows];
  const int row = block() % call.rows;
  const UnitHeads heads = heads_of_unit(merge.unit, call.group, call.head_blocks, call.unit_rows);
  if (row >= heads.rows) {
    return;  // the whole block
  }
  const int lane = thread() & 31;
  const int warp = thread() >> 5;
  const auto lse_of = [&](int piece) {
    return call
        .partial_lse[static_cast<std::int64_t>(merge.first_partial + piece) * call.unit_rows + row];
  };

  float highest = minus_infinity();
  for (int piece = lane; piece < merge.partials; piece += 32) {
    highest = fmaxf(highest, lse_of(piece));
  }
  KVSIM_UNROLL
  for (int mask = 1; mask < 32; mask *= 2) {
    highest = fmaxf(highest, shuffle_xor(highest, mask));
  }

  float out[kMergeColumns] = {};
  float total = 0;
  KVSIM_UNROLL_BY(4)
  for (int piece = warp; piece < merge.partials; piece += kMergeWarps) {
    const float weight = exp2_of(lse_of(piece) - highest);
    const float* from =
        call.partial +
        (static_cast<std::int64_t>(merge.first_partial + piece) * call.unit_rows + row) *
            call.width;
    total += weight;
    KVSIM_UNROLL
    for (int i = 0; i < kMergeColumns; ++i) {
      if (i * 32 < call.width) {
        out[i] += weight * from[i * 32 + lane];
      }
    }
  }

  auto* sums = reinterpret_cast<float*>(shared_memory());  // [warp][width], then [warp]
  float* totals = sums + kMergeWarps * call.width;
  KVSIM_UNROLL
  for (int i = 0; i < kMergeColumns; ++i) {
    if (i * 32 < call.width) {
      sums[warp * call.width + i * 32 + lane] = out[i];
    }
  }
  if (lane == 0) {
    totals[warp] = total;
  }
  sync_block();
  Bf16* to = call.out +
             (static_cast<std::int64_t>(merge.sequence) * call.query_heads + heads.first + row) *
                 call.width;
  for (int pair = thread(); pair < call.width / 2; pair += 32 * kMergeWarps) {
    float low = 0;
    float high = 0;
    float weight = 0;
    KVSIM_UNROLL
    for (int w = 0; w < kMergeWarps; ++w) {
      low += sums[w * call.width + pair * 2];
      high += sums[w * call.width + pair * 2 + 1];
      weight += totals[w];
    }
    const float inverse = weight > 0 ? 1.0F / weight : 0.0F;
    *reinterpret_cast<std::uint32_t*>(to + pair * 2) = pack(low * inverse, high * inverse);
  }
}

}  // namespace kernels
}  // namespace kvsim
