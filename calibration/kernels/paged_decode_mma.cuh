// Decode attention over a paged cache on tensor cores; the kernel that cards are made of.
//
// One step of one layer: B sequences, H query heads in G groups of g, width d, bf16.
//   bytes  2·G·d·2·sum(L) + 2·B·H·d·2       FLOPs  4·H·d·sum(L)       FLOPs/byte -> g
// H100's ridge is 295 FLOPs/byte (989 TFLOP/s over 3.35 TB/s, NVIDIA H100 datasheet, SXM), so up to
// g = 16 reading the cache is the only cost. What matters is bytes under way: Little's law asks for
// 0.8 us x 3.35 TB/s / 132 = 20 KB per SM; this kernel holds 128 KB.
//
// Each warp works alone, without a barrier: it owns segments of the work plan, copies tiles of 16
// tokens (K and V of one head) through its own ring of kStages buffers, and keeps its own running
// softmax. The g query heads are rows of a 16 x 16 fragment, padded with zeros; with g > 16 two
// fragments share the tile (kFragments = 2). Padding is free: 131 kFLOP per 8 KB tile are 54
// TFLOP/s at full bandwidth.
//
// Left out: values of fp8, sliding windows, the first and last segments' merge in shared memory.
#pragma once

#include "calibration/kernels/tiles.hpp"

namespace kvsim {
namespace kernels {

inline constexpr int kDecodeWarps = 4;  // a block; they share nothing
inline constexpr int kTileTokens = 16;

template <int kDim, int kFragments, int kStages>
struct DecodeMmaShape {
  static constexpr int kRows = 16 * kFragments;  // query heads of a unit
  static constexpr int kRowBytes = 2 * kDim;
  static constexpr int kHalfBytes = kTileTokens * kRowBytes;  // K, or V, of a tile
  static constexpr int kWarpBytes = kRows * kRowBytes + kStages * 2 * kHalfBytes;
  static constexpr int kSharedBytes = kDecodeWarps * kWarpBytes;
};

// State of one row of query heads per fragment; a lane holds rows r and r + 8 (lane / 4 = r).
template <int kDim, int kFragments>
struct DecodeState {
  float out[kFragments][kDim / 8][4];
  float highest[kFragments][2];
  float sum[kFragments][2];  // this lane's columns only, until the end

  KVSIM_DEVICE void clear() {
    KVSIM_UNROLL
    for (int f = 0; f < kFragments; ++f) {
      KVSIM_UNROLL
      for (int n = 0; n < kDim / 8; ++n) {
        KVSIM_UNROLL
        for (int i = 0; i < 4; ++i) {
          out[f][n][i] = 0;
        }
      }
      highest[f][0] = highest[f][1] = minus_infinity();
      sum[f][0] = sum[f][1] = 0;
    }
  }
};

// S = Q·K^T of 16 tokens, in log2 units after `scale`.
template <int kDim, int kFragments>
KVSIM_DEVICE void scores_of_tile(float (&scores)[kFragments][2][4], unsigned char* query,
                                 unsigned char* keys) {
  const int lane = thread() & 31;
  constexpr int kRowBytes = 2 * kDim;
  KVSIM_UNROLL
  for (int f = 0; f < kFragments; ++f) {
    KVSIM_UNROLL
    for (int i = 0; i < 4; ++i) {
      scores[f][0][i] = scores[f][1][i] = 0;
    }
  }
  KVSIM_UNROLL
  for (int step = 0; step < kDim / 16; ++step) {
    std::uint32_t b[4];  // b[0], b[1]: tokens 0-7; b[2], b[3]: tokens 8-15
    load_matrices(b, chunk_at(keys, kRowBytes, (lane & 7) + ((lane >> 4) << 3),
                              step * 2 + ((lane >> 3) & 1)));
    KVSIM_UNROLL
    for (int f = 0; f < kFragments; ++f) {
      std::uint32_t a[4];
      load_matrices(a, chunk_at(query, kRowBytes, f * 16 + (lane & 15), step * 2 + (lane >> 4)));
      multiply_accumulate(scores[f][0], a, b[0], b[1]);
      multiply_accumulate(scores[f][1], a, b[2], b[3]);
    }
  }
}

// Exponentials of one fragment's scores under the running maximum, as operand A of P·V. Tokens past
// the end weigh nothing.
template <int kDim, int kFragments, int kEights>
KVSIM_DEVICE void softmax_of_tile(DecodeState<kDim, kFragments>& state, int f,
                                  float (&scores)[kEights][4],
                                  std::uint32_t (&weights)[kEights / 2][4], int tokens,
                                  float scale) {
  const int lane = thread() & 31;
  float top[2] = {minus_infinity(), minus_infinity()};
  KVSIM_UNROLL
  for (int t = 0; t < kEights; ++t) {
    KVSIM_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int token = t * 8 + (lane & 3) * 2 + (i & 1);
      scores[t][i] = token < tokens ? scores[t][i] * scale : minus_infinity();
      top[i >> 1] = fmaxf(top[i >> 1], scores[t][i]);
    }
  }
  float shrink[2];
  KVSIM_UNROLL
  for (int row = 0; row < 2; ++row) {
    top[row] = fmaxf(top[row], shuffle_xor(top[row], 1));
    top[row] = fmaxf(top[row], shuffle_xor(top[row], 2));
    const float highest = fmaxf(state.highest[f][row], top[row]);  // finite: a tile has a token
    shrink[row] = exp2_of(state.highest[f][row] - highest);
    state.highest[f][row] = highest;
    state.sum[f][row] *= shrink[row];
  }
  KVSIM_UNROLL
  for (int t = 0; t < kEights; ++t) {
    KVSIM_UNROLL
    for (int i = 0; i < 4; ++i) {
      scores[t][i] = exp2_of(scores[t][i] - state.highest[f][i >> 1]);
      state.sum[f][i >> 1] += scores[t][i];
    }
    weights[t / 2][(t % 2) * 2] = pack(scores[t][0], scores[t][1]);
    weights[t / 2][(t % 2) * 2 + 1] = pack(scores[t][2], scores[t][3]);
  }
  if (any(shrink[0] != 1.0F || shrink[1] != 1.0F)) {  // rare after the first tiles
    KVSIM_UNROLL
    for (int n = 0; n < kDim / 8; ++n) {
      KVSIM_UNROLL
      for (int i = 0; i < 4; ++i) {
        state.out[f][n][i] *= shrink[i >> 1];
      }
    }
  }
}

// O += P·V of 16 tokens.
template <int kDim, int kFragments>
KVSIM_DEVICE void add_values_of_tile(DecodeState<kDim, kFragments>& state,
                                     const std::uint32_t (&weights)[kFragments][1][4],
                                     unsigned char* values) {
  const int lane = thread() & 31;
  KVSIM_UNROLL
  for (int step = 0; step < kDim / 16; ++step) {
    std::uint32_t b[4];  // b[0], b[1]: dims 0-7; b[2], b[3]: dims 8-15
    load_matrices_transposed(b, chunk_at(values, 2 * kDim, lane & 15, step * 2 + (lane >> 4)));
    KVSIM_UNROLL
    for (int f = 0; f < kFragments; ++f) {
      multiply_accumulate(state.out[f][step * 2], weights[f][0], b[0], b[1]);
      multiply_accumulate(state.out[f][step * 2 + 1], weights[f][0], b[2], b[3]);
    }
  }
}

// Q of a unit into shared memory; rows beyond the group are zero.
template <int kDim, int kRows>
KVSIM_DEVICE void stage_query(const DecodeCall& call, const Segment& segment,
                              const UnitHeads& heads, unsigned char* query) {
  constexpr int kChunks = kDim / 8;
  const Bf16* from =
      call.query +
      (static_cast<std::int64_t>(segment.sequence) * call.query_heads + heads.first) * kDim;
  sync_warp();  // all lanes are done with the row before
  KVSIM_UNROLL_BY(4)
  for (int i = thread() & 31; i < kRows * kChunks; i += 32) {
    const int row = i / kChunks;
    const int chunk = i % kChunks;
    Wide value = {{0, 0, 0, 0}};
    if (row < heads.rows) {
      value = load_wide(from + row * kDim + chunk * 8);
    }
    *reinterpret_cast<Wide*>(chunk_at(query, 2 * kDim, row, chunk)) = value;
  }
  sync_warp();
}

// The result of a row, or of a piece: columns `first_column` and on of `width`.
template <int kDim, int kFragments>
KVSIM_DEVICE void write_row(const DecodeCall& call, const Segment& segment, const UnitHeads& heads,
                            DecodeState<kDim, kFragments>& state, int width, int first_column) {
  constexpr int kRows = 16 * kFragments;
  const int lane = thread() & 31;
  KVSIM_UNROLL
  for (int f = 0; f < kFragments; ++f) {
    KVSIM_UNROLL
    for (int half = 0; half < 2; ++half) {
      float sum = state.sum[f][half];
      sum += shuffle_xor(sum, 1);
      sum += shuffle_xor(sum, 2);
      const int row = f * 16 + half * 8 + (lane >> 2);
      if (row < heads.rows) {
        const float inverse = 1.0F / sum;
        const std::int64_t slot = static_cast<std::int64_t>(segment.partial) * kRows + row;
        const std::int64_t head =
            static_cast<std::int64_t>(segment.sequence) * call.query_heads + heads.first + row;
        KVSIM_UNROLL
        for (int n = 0; n < kDim / 8; ++n) {
          const int column = first_column + n * 8 + (lane & 3) * 2;
          const float low = state.out[f][n][half * 2] * inverse;
          const float high = state.out[f][n][half * 2 + 1] * inverse;
          if (segment.partial < 0) {
            *reinterpret_cast<std::uint32_t*>(call.out + head * width + column) = pack(low, high);
          } else {
            call.partial[slot * width + column] = low;
            call.partial[slot * width + column + 1] = high;
          }
        }
        if (segment.partial >= 0 && first_column == 0 && (lane & 3) == 0) {
          call.partial_lse[slot] = state.highest[f][half] + log2_of(sum);
        }
      }
    }
  }
}

// One tile of K and V on its way into a stage. A lane copies the chunks i, i + 32, ...: where a row
// has at least 32 chunks (d = 256) these are of many rows, so every lane looks up the tile's page,
// which holds all 16 tokens.
template <int kDim>
KVSIM_DEVICE void copy_tile(const DecodeCall& call, const TileCursor& cursor,
                            unsigned char* stage) {
  constexpr int kChunks = kDim / 8;
  const int kv_head = cursor.unit() / call.head_blocks;
  const std::int64_t from = cursor.offset() + kv_head * call.cache.head_stride;
  const int left = cursor.left();
  KVSIM_UNROLL
  for (int i = 0; i < kTileTokens * kChunks / 32; ++i) {
    const int index = i * 32 + (thread() & 31);
    const int row = index / kChunks;
    const int chunk = index % kChunks;
    const bool wanted = row < left;
    const std::int64_t at = from + (wanted ? row : 0) * call.cache.token_stride + chunk * 8;
    copy_async(chunk_at(stage, 2 * kDim, row, chunk), call.cache.keys + at, wanted);
    copy_async(chunk_at(stage + kTileTokens * 2 * kDim, 2 * kDim, row, chunk),
               call.cache.values + at, wanted);
  }
}

template <int kDim, int kFragments, int kStages>
KVSIM_KERNEL(32 * kDecodeWarps, 1)
paged_decode_mma(const DecodeCall call) {
  using Shape = DecodeMmaShape<kDim, kFragments, kStages>;
  const int warp = thread() >> 5;
  const int worker = block() * kDecodeWarps + warp;
  if (worker >= call.workers) {
    return;
  }
  unsigned char* query = shared_memory() + warp * Shape::kWarpBytes;
  unsigned char* stages = query + Shape::kRows * Shape::kRowBytes;
  const int begin = call.segments_begin[worker];
  const int end = call.segments_begin[worker + 1];

  TileCursor ahead(call, begin, end, kTileTokens, 0);
  int filling = 0;  // stage
  const auto fill = [&] {
    if (!ahead.done()) {
      copy_tile<kDim>(call, ahead, stages + filling * 2 * Shape::kHalfBytes);
      ahead.advance();
    }
    commit_copies();  // an empty group too, or wait_copies would count wrongly
    filling = filling + 1 == kStages ? 0 : filling + 1;
  };
  for (int i = 0; i < kStages - 1; ++i) {
    fill();
  }

  DecodeState<kDim, kFragments> state;
  int reading = 0;  // stage
  for (int at = begin; at < end; ++at) {
    const Segment segment = call.segments[at];
    const UnitHeads heads = heads_of_unit(segment.unit, call.group, call.head_blocks, Shape::kRows);
    stage_query<kDim, Shape::kRows>(call, segment, heads, query);
    state.clear();
    for (int token = segment.first_token; token < segment.end_token; token += kTileTokens) {
      wait_copies<kStages - 2>();
      sync_warp();  // every lane's copies of this stage have landed, the stage before is read
      fill();
      unsigned char* keys = stages + reading * 2 * Shape::kHalfBytes;
      float scores[kFragments][2][4];
      std::uint32_t weights[kFragments][1][4];
      scores_of_tile<kDim, kFragments>(scores, query, keys);
      KVSIM_UNROLL
      for (int f = 0; f < kFragments; ++f) {
        softmax_of_tile(state, f, scores[f], weights[f], segment.end_token - token, call.scale);
      }
      add_values_of_tile<kDim, kFragments>(state, weights, keys + Shape::kHalfBytes);
      reading = reading + 1 == kStages ? 0 : reading + 1;
    }
    write_row<kDim, kFragments>(call, segment, heads, state, kDim, 0);
  }
  wait_copies<0>();
}

}  // namespace kernels
}  // namespace kvsim
