// Plain memory traffic: the denominator of every claim about bandwidth, and random pages.
//
// A reader must do something with what it reads: it folds all words with exclusive or, and leaves
// one word per thread, 4 bytes per some 100 kB. The fold of all of them is that of the data, which
// checks that every byte was read once.
#pragma once

#include "calibration/kernels/device.hpp"

namespace kvsim {
namespace kernels {

inline constexpr int kStreamThreads = 512;
inline constexpr int kStreamDeep = 8;  // 16-byte loads under way in a thread

KVSIM_DEVICE std::uint32_t fold(const Wide& value) {
  return value.word[0] ^ value.word[1] ^ value.word[2] ^ value.word[3];
}

/// `wides` pieces of 16 bytes, `passes` times (an even number of passes folds to zero).
KVSIM_KERNEL(kStreamThreads, 2)
read_stream(const Wide* from, std::int64_t wides, int passes, std::uint32_t* folds) {
  const std::int64_t stride = static_cast<std::int64_t>(blocks()) * threads();
  const std::int64_t first = static_cast<std::int64_t>(block()) * threads() + thread();
  std::uint32_t mine = 0;
  for (int pass = 0; pass < passes; ++pass) {
    for (std::int64_t at = first; at < wides; at += kStreamDeep * stride) {
      Wide value[kStreamDeep];
      KVSIM_UNROLL
      for (int i = 0; i < kStreamDeep; ++i) {
        value[i] = {{0, 0, 0, 0}};
        if (at + i * stride < wides) {  // the end too has its loads under way together
          value[i] = load_wide(from + at + i * stride);
        }
      }
      KVSIM_UNROLL
      for (int i = 0; i < kStreamDeep; ++i) {
        mine ^= fold(value[i]);
      }
    }
  }
  folds[first] = mine;
}

KVSIM_KERNEL(kStreamThreads, 2)
write_stream(Wide* to, std::int64_t wides, std::uint32_t value) {
  const std::int64_t stride = static_cast<std::int64_t>(blocks()) * threads();
  for (std::int64_t at = static_cast<std::int64_t>(block()) * threads() + thread(); at < wides;
       at += stride) {
    const auto mixed = value ^ static_cast<std::uint32_t>(at * 2654435761U);
    store_wide(to + at, {{mixed, mixed * 5, mixed * 9, mixed * 13}});
  }
}

KVSIM_KERNEL(kStreamThreads, 2)
copy_stream(Wide* to, const Wide* from, std::int64_t wides) {
  constexpr int kDeep = 4;
  const std::int64_t stride = static_cast<std::int64_t>(blocks()) * threads();
  std::int64_t at = static_cast<std::int64_t>(block()) * threads() + thread();
  for (; at + (kDeep - 1) * stride < wides; at += kDeep * stride) {
    Wide value[kDeep];
    KVSIM_UNROLL
    for (int i = 0; i < kDeep; ++i) {
      value[i] = load_wide(from + at + i * stride);
    }
    KVSIM_UNROLL
    for (int i = 0; i < kDeep; ++i) {
      store_wide(to + at + i * stride, value[i]);
    }
  }
  for (; at < wides; at += stride) {
    store_wide(to + at, load_wide(from + at));
  }
}

/// Pages in the order of `table`, each read by one warp: 512 bytes at a step, up to eight steps
/// under way. Requires: page_bytes is a multiple of 512.
KVSIM_KERNEL(kStreamThreads, 2)
read_pages(const Wide* pool, const int* table, int pages, int page_bytes, std::uint32_t* folds) {
  const int lane = thread() & 31;
  const int warps = blocks() * (threads() / 32);
  const int steps = page_bytes / 512;
  const int first = block() * (threads() / 32) + (thread() >> 5);
  std::uint32_t mine = 0;
  int page = first < pages ? table[first] : 0;
  for (int at = first; at < pages; at += warps) {
    const int next = at + warps < pages ? table[at + warps] : 0;
    const Wide* from = pool + static_cast<std::int64_t>(page) * (page_bytes / 16) + lane;
    int step = 0;
    for (; step + kStreamDeep <= steps; step += kStreamDeep) {
      Wide value[kStreamDeep];
      KVSIM_UNROLL
      for (int i = 0; i < kStreamDeep; ++i) {
        value[i] = load_wide(from + (step + i) * 32);
      }
      KVSIM_UNROLL
      for (int i = 0; i < kStreamDeep; ++i) {
        mine ^= fold(value[i]);
      }
    }
    for (; step < steps; ++step) {
      mine ^= fold(load_wide(from + step * 32));
    }
    page = next;
  }
  folds[block() * threads() + thread()] = mine;
}

}  // namespace kernels
}  // namespace kvsim
