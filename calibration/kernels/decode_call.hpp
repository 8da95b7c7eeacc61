// What a paged decode kernel is given. Shapes: B sequences, H query heads, G KV heads of width d.
#pragma once

#include <cstdint>

#include "calibration/kernels/bf16.hpp"
#include "calibration/kernels/work_plan.hpp"

namespace kvsim {
namespace kernels {

// Absorbed MLA of DeepSeek-V2 and its heirs (arXiv:2405.04434, section 2.1.2).
inline constexpr int kMlaWidth = 576;   // of a query and a key: latent and rotary part
inline constexpr int kMlaValues = 512;  // of a value and a result: the latent

/// A pool of pages and, for every sequence, which pages are its own. Strides count elements.
///
///   vLLM's NHD layout  [K|V][page][token][G][d]   one token of one head is d elements in a row
///   HND                [page][G][K|V][token][d]   one page of one head lies in one piece
///   MLA                [page][token][576]         keys and values are the same bytes
///
/// Every page is whole: tokens past the end of a sequence may hold anything, but are there.
struct PagedCache {
  const Bf16* keys;
  const Bf16* values;
  std::int64_t page_stride;
  std::int64_t token_stride;
  std::int64_t head_stride;
  int page_tokens_log2;
  const int* table;                 ///< page numbers
  const std::int64_t* table_begin;  ///< [B] where a sequence's pages begin in `table`
};

struct DecodeCall {
  const Bf16* query;  ///< [B][H][d], or [B][H][576] absorbed
  Bf16* out;          ///< [B][H][d], or [B][H][512]
  PagedCache cache;
  int query_heads;
  int group;        ///< query heads per KV head; of MLA all of them
  int head_blocks;  ///< units per KV head
  float scale;      ///< of q·k, times log2(e)
  const Segment* segments;
  const int* segments_begin;  ///< [workers + 1]
  int workers;
  float* partial;      ///< [slot][rows][d] normalised results of pieces
  float* partial_lse;  ///< [slot][rows] log2 of the sum of exponentials
};

struct MergeCall {
  Bf16* out;
  const float* partial;
  const float* partial_lse;
  const MergeRow* merges;
  int query_heads;
  int group;
  int head_blocks;
  int unit_rows;  ///< query heads that a slot has room for
  int rows;   ///< of them at most in use: the smaller of unit_rows and group; blocks of a MergeRow
  int width;  ///< of a result: a multiple of 32, at most 512
};

}  // namespace kernels
}  // namespace kvsim
