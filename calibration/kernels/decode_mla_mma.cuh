// Absorbed MLA decode over a paged cache on tensor cores, up to 16 query heads at a time.
//
// One step of one layer: B sequences, h local heads, latent 512, rotary key 64, bf16 (DeepSeek-V2,
// arXiv:2405.04434, section 2.1; V3 with tensor parallelism 8 has 16 heads per GPU).
//   bytes  576·2·sum(L) + 2·1088·B·h       FLOPs  2176·h·sum(L)       FLOPs/byte -> 1.889·h
// With h = 16 that is 30, a tenth of H100's ridge of 295: reading the latents is the only cost.
// mma.sync needs about 890 cycles per 64 tokens where HBM needs 5100, so the older instruction
// does.
//
// One block of eight warps takes tiles of 32 tokens (36,864 bytes) through a ring of kStages. The
// latent of a token is key and value at once: it is read once and used twice.
//   Q·K   warp w takes tokens 8 (w % 4) and on, columns 288 (w / 4) and on; the halves meet in
//         shared memory, where every warp picks up all 16 x 32 scores and does the same softmax
//   P·V   warp w owns 64 of the 512 columns of the result
// With 32 or more heads the units of a sequence read its latents again, from L2: good for checking,
// no stand-in for an engine's kernel.
#pragma once

#include "calibration/kernels/paged_decode_mma.cuh"

namespace kvsim {
namespace kernels {

inline constexpr int kMlaWarps = 8;
inline constexpr int kMlaRows = 16;
inline constexpr int kMlaTokens = 32;  // of a tile
inline constexpr int kMlaRowBytes = 2 * kMlaWidth;
inline constexpr int kMlaTileBytes = kMlaTokens * kMlaRowBytes;
inline constexpr int kMlaScoreStride = kMlaTokens + 8;  // floats; rows start 8 banks apart
inline constexpr int kMlaScoreFloats = 2 * kMlaRows * kMlaScoreStride;  // two halves of the columns
inline constexpr int kMlaSteps = kMlaWidth / 16 / 2;  // of 16 columns, for one half

inline constexpr int mla_shared_bytes(int stages) {
  return stages * kMlaTileBytes + kMlaScoreFloats * 4;
}

// Each warp copies four neighbouring tokens, which lie on one page.
KVSIM_DEVICE void copy_latents(const DecodeCall& call, const TileCursor& cursor,
                               unsigned char* tile) {
  constexpr int kChunks = kMlaWidth / 8;
  const int first = (thread() >> 5) * 4;
  const std::int64_t from = cursor.offset();
  const int left = cursor.left() - first;
  KVSIM_UNROLL
  for (int i = 0; i < 4 * kChunks / 32; ++i) {
    const int index = i * 32 + (thread() & 31);
    const int row = index / kChunks;
    const int chunk = index % kChunks;
    const bool wanted = row < left;
    copy_async(chunk_at(tile, kMlaRowBytes, first + row, chunk),
               call.cache.keys + from + (wanted ? row : 0) * call.cache.token_stride + chunk * 8,
               wanted);
  }
}

// This warp's half of the query's columns, as operand A; rows without a head are zero.
KVSIM_DEVICE void load_query(std::uint32_t (&query)[kMlaSteps][4], const DecodeCall& call,
                             const Segment& segment, const UnitHeads& heads) {
  const int lane = thread() & 31;
  const int half = thread() >> 7;
  const Bf16* from =
      call.query +
      (static_cast<std::int64_t>(segment.sequence) * call.query_heads + heads.first) * kMlaWidth;
  KVSIM_UNROLL
  for (int step = 0; step < kMlaSteps; ++step) {
    KVSIM_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int row = (lane >> 2) + (i & 1) * 8;
      const int column = (half * kMlaSteps + step) * 16 + (i >> 1) * 8 + (lane & 3) * 2;
      query[step][i] =
          row < heads.rows
              ? *reinterpret_cast<const std::uint32_t*>(from + row * kMlaWidth + column)
              : 0;
    }
  }
}

// This warp's eight tokens and half of the columns, into shared memory.
KVSIM_DEVICE void partial_scores(float* scores, const std::uint32_t (&query)[kMlaSteps][4],
                                 unsigned char* tile) {
  const int lane = thread() & 31;
  const int warp = thread() >> 5;
  const int tokens = (warp & 3) * 8;
  const int half = warp >> 2;
  float even[4] = {0, 0, 0, 0};
  float odd[4] = {0, 0, 0, 0};  // two chains: one of 18 would wait for its own results
  KVSIM_UNROLL
  for (int step = 0; step < kMlaSteps; step += 2) {
    std::uint32_t b[4];
    load_matrices(b, chunk_at(tile, kMlaRowBytes, tokens + (lane & 7),
                              (half * kMlaSteps + step) * 2 + (lane >> 3)));
    multiply_accumulate(even, query[step], b[0], b[1]);
    multiply_accumulate(odd, query[step + 1], b[2], b[3]);
  }
  float* to = scores + half * kMlaRows * kMlaScoreStride + (lane >> 2) * kMlaScoreStride + tokens +
              (lane & 3) * 2;
  to[0] = even[0] + odd[0];
  to[1] = even[1] + odd[1];
  to[8 * kMlaScoreStride] = even[2] + odd[2];
  to[8 * kMlaScoreStride + 1] = even[3] + odd[3];
}

KVSIM_DEVICE void join_scores(float (&scores)[4][4], const float* partial) {
  const int lane = thread() & 31;
  KVSIM_UNROLL
  for (int t = 0; t < 4; ++t) {
    KVSIM_UNROLL
    for (int i = 0; i < 4; ++i) {
      const float* at = partial + ((lane >> 2) + (i >> 1) * 8) * kMlaScoreStride + t * 8 +
                        (lane & 3) * 2 + (i & 1);
      scores[t][i] = at[0] + at[kMlaRows * kMlaScoreStride];
    }
  }
}

KVSIM_DEVICE void add_latents(DecodeState<64, 1>& state, const std::uint32_t (&weights)[2][4],
                              unsigned char* tile) {
  const int lane = thread() & 31;
  const int first_chunk = (thread() >> 5) * 8;
  KVSIM_UNROLL
  for (int half = 0; half < 2; ++half) {
    KVSIM_UNROLL
    for (int step = 0; step < 4; ++step) {
      std::uint32_t b[4];
      load_matrices_transposed(b, chunk_at(tile, kMlaRowBytes, half * 16 + (lane & 15),
                                           first_chunk + step * 2 + (lane >> 4)));
      multiply_accumulate(state.out[0][step * 2], weights[half], b[0], b[1]);
      multiply_accumulate(state.out[0][step * 2 + 1], weights[half], b[2], b[3]);
    }
  }
}

/// Work plan: workers are blocks, tiles of 32 tokens, 16 rows in a slot.
template <int kStages>
KVSIM_KERNEL(32 * kMlaWarps, 1)
decode_mla_mma(const DecodeCall call) {
  if (block() >= call.workers) {
    return;
  }
  unsigned char* stages = shared_memory();
  auto* partial = reinterpret_cast<float*>(stages + kStages * kMlaTileBytes);
  const int begin = call.segments_begin[block()];
  const int end = call.segments_begin[block() + 1];

  TileCursor ahead(call, begin, end, kMlaTokens, (thread() >> 5) * 4);
  int filling = 0;  // stage
  const auto fill = [&] {
    if (!ahead.done()) {
      copy_latents(call, ahead, stages + filling * kMlaTileBytes);
      ahead.advance();
    }
    commit_copies();  // an empty group too, or wait_copies would count wrongly
    filling = filling + 1 == kStages ? 0 : filling + 1;
  };
  for (int i = 0; i < kStages - 1; ++i) {
    fill();
  }

  int reading = 0;  // stage
  for (int at = begin; at < end; ++at) {
    const Segment segment = call.segments[at];
    const UnitHeads heads = heads_of_unit(segment.unit, call.group, call.head_blocks, kMlaRows);
    std::uint32_t query[kMlaSteps][4];
    load_query(query, call, segment, heads);
    DecodeState<64, 1> state;
    state.clear();
    for (int token = segment.first_token; token < segment.end_token; token += kMlaTokens) {
      wait_copies<kStages - 2>();
      sync_block();  // the tile has landed for all; all are done with the one before and its scores
      fill();
      unsigned char* tile = stages + reading * kMlaTileBytes;
      partial_scores(partial, query, tile);
      sync_block();
      float scores[4][4];
      std::uint32_t weights[2][4];
      join_scores(scores, partial);
      softmax_of_tile(state, 0, scores, weights, segment.end_token - token, call.scale);
      add_latents(state, weights, tile);
      reading = reading + 1 == kStages ? 0 : reading + 1;
    }
    write_row(call, segment, heads, state, kMlaValues, (thread() >> 5) * 64);
  }
  wait_copies<0>();
}

}  // namespace kernels
}  // namespace kvsim
