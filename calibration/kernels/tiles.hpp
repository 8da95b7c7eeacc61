// Index arithmetic that the decode kernels share.
#pragma once

#include <cmath>

#include "calibration/kernels/decode_call.hpp"
#include "calibration/kernels/device.hpp"

namespace kvsim {
namespace kernels {

/// -infinity without <limits>, whose members are no device functions.
KVSIM_DEVICE float minus_infinity() { return -INFINITY; }

/// Where 16-byte chunk `chunk` of row `row` lies in a tile of `row_bytes` a row (a multiple of
/// 128): eight neighbouring rows put the same chunk into eight different groups of four banks.
KVSIM_DEVICE unsigned char* chunk_at(unsigned char* tile, int row_bytes, int row, int chunk) {
  return tile + row * row_bytes + ((chunk ^ (row & 7)) << 4);
}

/// The query heads of one unit: rows of its fragments.
struct UnitHeads {
  int kv_head;
  int first;  ///< query head of row 0
  int rows;   ///< that are real
};

KVSIM_DEVICE UnitHeads heads_of_unit(int unit, int group, int head_blocks, int unit_rows) {
  const int kv_head = unit / head_blocks;
  const int skipped = (unit % head_blocks) * unit_rows;
  const int left = group - skipped;
  return {kv_head, kv_head * group + skipped, left < unit_rows ? left : unit_rows};
}

/// Tiles of a worker's segments, one after another. The page of the tile ahead is looked up one
/// step early, so that no load waits for its own table entry.
class TileCursor {
 public:
  KVSIM_DEVICE TileCursor(const DecodeCall& call, int begin, int end, int tile_tokens, int row)
      : call_(call), at_(begin), end_(end), tile_(tile_tokens), row_(row) {
    if (at_ < end_) {
      segment_ = call_.segments[at_];
      token_ = segment_.first_token;
      look_up();
    }
  }

  [[nodiscard]] KVSIM_DEVICE bool done() const { return at_ >= end_; }
  [[nodiscard]] KVSIM_DEVICE int unit() const { return segment_.unit; }
  /// Tokens from the first of this tile to the end of the segment.
  [[nodiscard]] KVSIM_DEVICE int left() const { return segment_.end_token - token_; }
  /// Elements from the beginning of the pool to this lane's token (`row` of the tile).
  [[nodiscard]] KVSIM_DEVICE std::int64_t offset() const {
    const int in_page = (token_ + row_) & ((1 << call_.cache.page_tokens_log2) - 1);
    return static_cast<std::int64_t>(page_) * call_.cache.page_stride +
           in_page * call_.cache.token_stride;
  }

  KVSIM_DEVICE void advance() {
    token_ += tile_;
    if (token_ >= segment_.end_token) {
      ++at_;
      if (at_ >= end_) {
        return;
      }
      segment_ = call_.segments[at_];
      token_ = segment_.first_token;
    }
    look_up();
  }

 private:
  KVSIM_DEVICE void look_up() {
    int token = token_ + row_;
    if (token >= segment_.end_token) {  // its copies are not wanted, but must have an address
      token = segment_.end_token - 1;
    }
    page_ = call_.cache.table[call_.cache.table_begin[segment_.sequence] +
                              (token >> call_.cache.page_tokens_log2)];
  }

  const DecodeCall& call_;
  int at_;
  int end_;
  int tile_;
  int row_;
  Segment segment_{};
  int token_ = 0;
  int page_ = 0;
};

}  // namespace kernels
}  // namespace kvsim
