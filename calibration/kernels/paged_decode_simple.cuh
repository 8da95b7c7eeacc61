// The lower rungs of decode attention, on CUDA cores.
//
//   naive    one block per (sequence, query head), no split, 2-byte loads. K and V are read once
//   per
//            query head, and a single long sequence keeps H SMs busy. For checking only.
//   vector   16-byte loads, four tokens of K and of V under way per lane, the same split as the
//            tensor-core kernel: enough for one or two query heads per KV head. Its multiplications
//            grow with the group (64 FMA and 64 unpackings per head and 16 tokens at d = 128), and
//            from a group of four on they, not the memory, set the time.
#pragma once

#include "calibration/kernels/tiles.hpp"

namespace kvsim {
namespace kernels {

inline constexpr int kVectorWarps = 4;
inline constexpr int kNaiveWarps = 4;
inline constexpr int naive_shared_bytes(int width) { return kNaiveWarps * (width + 2) * 4; }

/// Work plan: one worker, units = query heads; block b takes segment b.
template <int kDim>
KVSIM_KERNEL(32 * kNaiveWarps, 1)
paged_decode_naive(const DecodeCall call) {
  constexpr int kMine = kDim / 32;
  const Segment segment = call.segments[block()];
  const int lane = thread() & 31;
  const int warp = thread() >> 5;
  const std::int64_t row =
      (static_cast<std::int64_t>(segment.sequence) * call.query_heads + segment.unit) * kDim;
  const std::int64_t head = (segment.unit / call.group) * call.cache.head_stride;
  const int* pages = call.cache.table + call.cache.table_begin[segment.sequence];
  const int log2 = call.cache.page_tokens_log2;

  float out[kMine] = {};
  float highest = minus_infinity();
  float sum = 0;
  for (int token = warp; token < segment.end_token; token += kNaiveWarps) {
    const std::int64_t at = pages[token >> log2] * call.cache.page_stride +
                            (token & ((1 << log2) - 1)) * call.cache.token_stride + head;
    float score = 0;
    for (int i = 0; i < kMine; ++i) {
      score +=
          low_half(call.query[row + i * 32 + lane]) * low_half(call.cache.keys[at + i * 32 + lane]);
    }
    for (int mask = 1; mask < 32; mask *= 2) {
      score += shuffle_xor(score, mask);
    }
    score *= call.scale;
    const float top = fmaxf(highest, score);
    const float shrink = exp2_of(highest - top);
    const float weight = exp2_of(score - top);
    highest = top;
    sum = sum * shrink + weight;
    for (int i = 0; i < kMine; ++i) {
      out[i] = out[i] * shrink + weight * low_half(call.cache.values[at + i * 32 + lane]);
    }
  }

  auto* sums = reinterpret_cast<float*>(shared_memory());  // [warp][kDim], then highest, then sum
  float* tops = sums + kNaiveWarps * kDim;
  float* totals = tops + kNaiveWarps;
  for (int i = 0; i < kMine; ++i) {
    sums[warp * kDim + i * 32 + lane] = out[i];
  }
  if (lane == 0) {
    tops[warp] = highest;
    totals[warp] = sum;
  }
  sync_block();
  float top = minus_infinity();
  for (int w = 0; w < kNaiveWarps; ++w) {
    top = fmaxf(top, tops[w]);
  }
  for (int column = thread(); column < kDim; column += 32 * kNaiveWarps) {
    float value = 0;
    float total = 0;
    for (int w = 0; w < kNaiveWarps; ++w) {
      const float weight = exp2_of(tops[w] - top);  // 0 for a warp without tokens
      value += weight * sums[w * kDim + column];
      total += weight * totals[w];
    }
    call.out[row + column] = static_cast<Bf16>(pack(value / total, 0.0F) & 0xffffU);
  }
}

template <int kDim>
struct VectorShape {
  static constexpr int kLanes = kDim / 8;        // that span a row with 16 bytes each
  static constexpr int kTokens = 32 / kLanes;    // read side by side
  static constexpr int kDeep = 4;                // of each, before any is used
  static constexpr int kStep = kTokens * kDeep;  // 16, 8, 4 tokens: never across a page
};

KVSIM_DEVICE void widen(float (&value)[8], const Wide& packed) {
  KVSIM_UNROLL
  for (int i = 0; i < 4; ++i) {
    value[2 * i] = low_half(packed.word[i]);
    value[2 * i + 1] = high_half(packed.word[i]);
  }
}

// A softmax's state before anything was seen has no finite maximum to subtract.
KVSIM_DEVICE float base_of(float highest) { return highest == minus_infinity() ? 0.0F : highest; }

template <int kDim, int kGroup>
struct VectorState {
  float query[kGroup][8];
  float out[kGroup][8];
  float highest[kGroup];
  float sum[kGroup];

  KVSIM_DEVICE void begin(const DecodeCall& call, const Segment& segment, const UnitHeads& heads,
                          int chunk) {
    KVSIM_UNROLL
    for (int head = 0; head < kGroup; ++head) {
      Wide packed = {{0, 0, 0, 0}};
      if (head < heads.rows) {
        packed = load_wide(
            call.query +
            (static_cast<std::int64_t>(segment.sequence) * call.query_heads + heads.first + head) *
                kDim +
            chunk * 8);
      }
      widen(query[head], packed);
      highest[head] = minus_infinity();
      sum[head] = 0;
      KVSIM_UNROLL
      for (int i = 0; i < 8; ++i) {
        query[head][i] *= call.scale;
        out[head][i] = 0;
      }
    }
  }
};

// kDeep tokens of this lane's row; `tokens` of the step are real.
template <int kDim, int kGroup>
KVSIM_DEVICE void add_tokens(VectorState<kDim, kGroup>& state, const Wide* keys, const Wide* values,
                             int tokens) {
  using Shape = VectorShape<kDim>;
  const int mine = (thread() & 31) / Shape::kLanes;
  KVSIM_UNROLL
  for (int head = 0; head < kGroup; ++head) {
    float score[Shape::kDeep];
    float top = state.highest[head];
    KVSIM_UNROLL
    for (int u = 0; u < Shape::kDeep; ++u) {
      float key[8];
      widen(key, keys[u]);
      score[u] = 0;
      KVSIM_UNROLL
      for (int i = 0; i < 8; ++i) {
        score[u] += state.query[head][i] * key[i];
      }
      KVSIM_UNROLL
      for (int mask = 1; mask < Shape::kLanes; mask *= 2) {
        score[u] += shuffle_xor(score[u], mask);
      }
      score[u] = u * Shape::kTokens + mine < tokens ? score[u] : minus_infinity();
      top = fmaxf(top, score[u]);
    }
    const float base = base_of(top);
    const float shrink = exp2_of(state.highest[head] - base);
    state.highest[head] = top;
    state.sum[head] *= shrink;
    KVSIM_UNROLL
    for (int i = 0; i < 8; ++i) {
      state.out[head][i] *= shrink;
    }
    KVSIM_UNROLL
    for (int u = 0; u < Shape::kDeep; ++u) {
      float value[8];
      widen(value, values[u]);
      const float weight = exp2_of(score[u] - base);
      state.sum[head] += weight;
      KVSIM_UNROLL
      for (int i = 0; i < 8; ++i) {
        state.out[head][i] += weight * value[i];
      }
    }
  }
}

// Rows that were read side by side into one.
template <int kDim, int kGroup>
KVSIM_DEVICE void join_rows(VectorState<kDim, kGroup>& state) {
  KVSIM_UNROLL
  for (int mask = VectorShape<kDim>::kLanes; mask < 32; mask *= 2) {
    KVSIM_UNROLL
    for (int head = 0; head < kGroup; ++head) {
      const float other = shuffle_xor(state.highest[head], mask);
      const float top = fmaxf(state.highest[head], other);
      const float mine_weight = exp2_of(state.highest[head] - base_of(top));
      const float other_weight = exp2_of(other - base_of(top));
      state.highest[head] = top;
      state.sum[head] =
          state.sum[head] * mine_weight + shuffle_xor(state.sum[head], mask) * other_weight;
      KVSIM_UNROLL
      for (int i = 0; i < 8; ++i) {
        state.out[head][i] =
            state.out[head][i] * mine_weight + shuffle_xor(state.out[head][i], mask) * other_weight;
      }
    }
  }
}

template <int kDim, int kGroup>
KVSIM_DEVICE void write_vector_row(const DecodeCall& call, const Segment& segment,
                                   const UnitHeads& heads, VectorState<kDim, kGroup>& state,
                                   int chunk) {
  KVSIM_UNROLL
  for (int head = 0; head < kGroup; ++head) {
    if (head < heads.rows) {
      const float inverse = 1.0F / state.sum[head];
      const std::int64_t slot = static_cast<std::int64_t>(segment.partial) * kGroup + head;
      Wide packed;
      KVSIM_UNROLL
      for (int i = 0; i < 4; ++i) {
        packed.word[i] =
            pack(state.out[head][2 * i] * inverse, state.out[head][2 * i + 1] * inverse);
      }
      if (segment.partial < 0) {
        store_wide(call.out +
                       (static_cast<std::int64_t>(segment.sequence) * call.query_heads +
                        heads.first + head) *
                           kDim +
                       chunk * 8,
                   packed);
      } else {
        KVSIM_UNROLL
        for (int i = 0; i < 8; ++i) {
          call.partial[slot * kDim + chunk * 8 + i] = state.out[head][i] * inverse;
        }
        if (chunk == 0) {
          call.partial_lse[slot] = state.highest[head] + log2_of(state.sum[head]);
        }
      }
    }
  }
}

/// Work plan: workers are warps, tiles of 16 tokens, kGroup rows in a slot.
template <int kDim, int kGroup>
KVSIM_KERNEL(32 * kVectorWarps, 1)
paged_decode_vector(const DecodeCall call) {
  using Shape = VectorShape<kDim>;
  const int worker = block() * kVectorWarps + (thread() >> 5);
  if (worker >= call.workers) {
    return;
  }
  const int begin = call.segments_begin[worker];
  const int end = call.segments_begin[worker + 1];
  const int chunk = (thread() & 31) % Shape::kLanes;
  const int mine = (thread() & 31) / Shape::kLanes;
  TileCursor cursor(call, begin, end, Shape::kStep, 0);
  for (int at = begin; at < end; ++at) {
    const Segment segment = call.segments[at];
    const UnitHeads heads = heads_of_unit(segment.unit, call.group, call.head_blocks, kGroup);
    VectorState<kDim, kGroup> state;
    state.begin(call, segment, heads, chunk);
    for (int token = segment.first_token; token < segment.end_token; token += Shape::kStep) {
      const int tokens = segment.end_token - token;
      const std::int64_t from =
          cursor.offset() + heads.kv_head * call.cache.head_stride + chunk * 8;
      Wide keys[Shape::kDeep];
      Wide values[Shape::kDeep];
      KVSIM_UNROLL
      for (int u = 0; u < Shape::kDeep; ++u) {
        const int row = u * Shape::kTokens + mine;  // past the end: row 0 again, and weight 0
        const std::int64_t element = from + (row < tokens ? row : 0) * call.cache.token_stride;
        keys[u] = load_wide(call.cache.keys + element);
        values[u] = load_wide(call.cache.values + element);
      }
      cursor.advance();
      add_tokens(state, keys, values, tokens);
    }
    join_rows(state);
    if (mine == 0) {
      write_vector_row(call, segment, heads, state, chunk);
    }
  }
}

}  // namespace kernels
}  // namespace kvsim
