// The functional forms of cards: how the time of one call follows from what it does.
//
// Symbols: B sequences, H query heads and G KV heads on the GPU, d width of a key, C attended
// tokens in all, SMs, BW and P the GPU's peaks, w = B·tiles/SMs with one tile per KV head (per 64
// heads of MLA).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

/// t = launch + per_sequence·B + tile·w + ‖bytes/(ηb·BW), FLOPs/(ηc·P)‖_p
/// with the p-norm taken over the parts that grow with the data; blend_exponent 0 means the larger
/// of the two. With l2_efficiency, for kernels whose data the kernel before has just written: bytes
/// up to the size of L2 go at that share of BW (more than 1), the others at ηb.
struct StreamingForm {
  Duration launch;
  Duration per_sequence;
  Duration tile;
  double bandwidth_efficiency = 0;
  double l2_efficiency = 0;  ///< 0: all bytes come from HBM
  double compute_efficiency = 0;
  double blend_exponent = 0;
};

/// Kernels that leave a KV head whole (no split over the context) keep few SMs busy.
///   mha    one query head per KV head: bytes are read (max(1, full_tiles/W))^exponent times slower
///          (W = B·G), a tile takes at least `tile_floor`
///   all    the same for every head shape, tiles being sequences
///   waves  that of mha, or W at least 0.8 of 2·SMs: W tiles in waves of 2·SMs, a last wave of r
///   tiles takes
///          as long as max(r, full_tiles) (FlashAttention-2's split heuristic)
enum class UnsplitKind { Mha, All, Waves };
inline constexpr std::array<std::string_view, 3> kUnsplitKindNames = {"mha", "all", "waves"};
struct UnsplitForm {
  UnsplitKind kind = UnsplitKind::Mha;
  double full_tiles = 1;
  double exponent = 0;    ///< mha
  Duration tile_floor;    ///< mha
  Duration split_launch;  ///< waves: added where the context is split
};

/// Batches of unequal contexts, pure decode: t(mean) + α·(t(longest) − t(mean)) with
/// α = min(1, share·SMs/(B·G)) where B·G >= least_tiles_per_sm·SMs, else 0.
/// Beside prefill, whose kernels do not split: α = min(1, mixed_share·SMs/(B·H)), of what the
/// longest sequence exceeds the longest chunk's context.
struct SkewForm {
  double share = 0;
  double least_tiles_per_sm = 0;
  double mixed_share = 0;
};

/// Sliding windows of W tokens. Where all of them are full (a full one starts inside a tile, so it
/// takes one tile more than its tokens fill):
///   t = launch + max(least, tile·w^exponent) + s·B·max(0, W − tokens)
/// with s as below. Where a share f of them is full: (1 − f) of the law of full attention + f of
/// this.
struct WindowForm {
  std::int64_t tokens = 0;  ///< W of the samples; other windows are extrapolated
  Duration launch;
  Duration least;
  Duration tile;
  double exponent = 1;
};

/// Decode attention, affine in C between powers of two of the mean context and beside one switch:
///   t = launch + log_context·lg(C/B/log_from) + per_sequence·B + per_query_head·H
///       + group_tile·(H/G)·w + io/(ηb·BW) + max(floor·w, tile·w^tile_exponent + s·C)
///   lg(x) = k + x/2^k − 1 with k = floor(log2 x), 0 below 1: linear between powers of two
///   floor = tile_floor + tile_floor_width·d/128 + tile_floor_group·(H/G)
///   s = ‖(KV bytes·(1 + narrow_head if d = 64)·fill + gather_bytes)/(ηb·BW), FLOPs/(ηc·P)‖_p
struct DecodeForm {
  Duration launch;
  Duration log_context;
  std::int64_t log_from = 128;
  Duration per_sequence;
  Duration per_query_head;
  Duration group_tile;
  Duration tile_floor;
  Duration tile_floor_width;
  Duration tile_floor_group;
  Duration tile;
  double tile_exponent = 1;
  double bandwidth_efficiency = 0;
  double narrow_head = 0;
  double gather_bytes = 0;
  double compute_efficiency = 1;
  double blend_exponent = 0;
  std::optional<UnsplitForm> unsplit;
  bool padded = false;  ///< of sparse attention: every sequence reads as many tokens as top-k names
  std::optional<SkewForm> skew;
  std::optional<WindowForm> window;
};

/// y[m, n] = x[m, k] · W:
///   t = max(host_floor, launch + quantise_bytes·m·k/BW + quantise_row·m + ‖ ‖chain, memory‖_p1,
///   compute ‖_p2) chain   = chain·min(k, chain_limit)/1000 · clamp(2^ceil(log2 m), 64,
///   chain_rows)/64 memory  = bytes/(ηb·BW),  compute = FLOPs/(ηc·P)·(1 + prologue/k)·(1 + wave·(Q
///   − 1)) Q       = waves of 128 x 256 tiles over the SMs, rounded up, over the exact number; 1
///   below SMs/2
/// exponent 0: the larger.
/// Inputs with stored scales save dynamic_scales, a part of launch.
struct GemmForm {
  Duration launch;
  Duration dynamic_scales;
  Duration host_floor;
  Duration chain;
  std::int64_t chain_limit = 1;
  std::int64_t chain_rows = 64;
  double bandwidth_efficiency = 0;
  double compute_efficiency = 0;
  double chain_exponent = 0;
  double blend_exponent = 0;
  double prologue = 0;
  double wave = 0;
  double quantise_bytes = 0;
  Duration quantise_row;
};

/// Causal prefill attention of chunks:
///   t = launch + per_token·tokens + bytes/(ηb·BW) + kv_passes·(KV bytes)/BW
///       + ‖FLOPs'/(ηc·P), chain·SMs/(ηs·P)‖_p
///   kv_passes: tiles of queries read the context again, and an fp8 cache is converted on the way;
///   FLOPs' counts the 128 x 128 tiles on the diagonal in full; chain = 4·d·128·mean context of a
///   chunk: one tile of queries against all its keys, on one SM
/// Sparse attention over chosen tokens has no diagonal and no chain; its bytes and FLOPs are
/// blended. Of kernels that take a fixed number of tokens per query (`padded`) or of heads
/// (`padded_heads`), FLOPs' counts these. Linear attention over chunks: the same, chain being one
/// head's FLOPs for the mean chunk, since its states follow one another.
struct PrefillForm {
  Duration launch;
  Duration per_token;
  double bandwidth_efficiency = 0;
  double compute_efficiency = 0;
  double chain_efficiency = 1;
  double kv_passes = 0;
  double blend_exponent = 0;
  bool padded = false;
  std::int64_t padded_heads = 0;
};

/// Routed experts; D distinct ones, S = tokens·top-k slots, R those of this GPU:
///   t = launch + per_expert·D + 2·S·(hidden_bytes·hidden + width_bytes·width)/BW
///       + ‖weights of D/(ηb·BW), FLOPs·(1 + padded_rows·D/R)/(ηc·P)‖_p
struct MoeForm {
  Duration launch;
  Duration per_expert;
  double hidden_bytes = 0;
  double width_bytes = 0;
  double bandwidth_efficiency = 0;
  double compute_efficiency = 0;
  double blend_exponent = 0;
  double padded_rows = 0;
};

/// Times at message sizes for one number of GPUs; log-log between points, and beyond the last
/// point in proportion to the bytes.
struct CollectiveRow {
  std::int64_t gpus = 0;
  std::vector<std::int64_t> bytes;
  std::vector<Duration> time;
};

struct CollectiveForm {
  std::vector<CollectiveRow> rows;
};

/// A copy over a link: t = launch + bytes/bandwidth.
struct LinkForm {
  Duration launch;
  BytesPerSecond bandwidth;  ///< achieved, per direction
};

/// Host time of one step: `serial` is never hidden; per_step + per_sequence·n runs beside the GPU
/// when scheduling is asynchronous and after it when not.
struct HostForm {
  Duration serial;
  Duration per_step;
  Duration per_sequence;
};

enum class CardForm { Streaming, Decode, Gemm, Prefill, Moe, Collective, Link, Host };
inline constexpr std::array<std::string_view, 8> kCardFormNames = {
    "streaming", "decode", "gemm", "prefill", "moe", "collective", "link", "host"};

void describe(FieldVisitor& visitor, StreamingForm& form);
void describe(FieldVisitor& visitor, UnsplitForm& form);
void describe(FieldVisitor& visitor, SkewForm& form);
void describe(FieldVisitor& visitor, WindowForm& form);
void describe(FieldVisitor& visitor, DecodeForm& form);
void describe(FieldVisitor& visitor, GemmForm& form);
void describe(FieldVisitor& visitor, PrefillForm& form);
void describe(FieldVisitor& visitor, MoeForm& form);
void describe(FieldVisitor& visitor, CollectiveRow& row);
void describe(FieldVisitor& visitor, CollectiveForm& form);
void describe(FieldVisitor& visitor, LinkForm& form);
void describe(FieldVisitor& visitor, HostForm& form);

}  // namespace kvsim::spec
