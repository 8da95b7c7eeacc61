#include "sim/spec/card_forms.hpp"

#include <algorithm>

namespace kvsim::spec {
namespace {

FieldInfo non_negative(std::string_view key, std::string_view help) {
  return at_least(optional(key, help), 0);
}
FieldInfo efficiency(std::string_view key, std::string_view help) {
  return above(required(key, help), 0);
}
constexpr std::string_view kBandwidth = "achieved share of peak HBM bandwidth";
constexpr std::string_view kCompute = "achieved share of the peak rate";
constexpr std::string_view kBlend = "p of the p-norm of both times; 0: their maximum";

}  // namespace

void describe(FieldVisitor& visitor, StreamingForm& form) {
  visitor.field(at_least(required("launch", "time of a call that moves nothing"), 0), form.launch);
  visitor.field(non_negative("per_sequence", "added time per sequence"), form.per_sequence);
  visitor.field(non_negative("tile", "added time per (sequence, KV head) per SM"), form.tile);
  visitor.field(efficiency("bandwidth_efficiency", kBandwidth), form.bandwidth_efficiency);
  visitor.field(
      non_negative("l2_efficiency", "share of peak HBM bandwidth of bytes that fit in L2"),
      form.l2_efficiency);
  visitor.field(efficiency("compute_efficiency", kCompute), form.compute_efficiency);
  visitor.field(non_negative("blend_exponent", kBlend), form.blend_exponent);
}

void describe(FieldVisitor& visitor, UnsplitForm& form) {
  visitor.choice_of(required("kind", "which calls leave a KV head whole"), kUnsplitKindNames,
                    form.kind);
  visitor.field(above(required("full_tiles", "tiles that use the whole bandwidth"), 0),
                form.full_tiles);
  visitor.field(non_negative("exponent", "of full_tiles over the tiles at hand; mha"),
                form.exponent);
  visitor.field(non_negative("tile_floor", "least time per tile and SM; mha"), form.tile_floor);
  visitor.field(non_negative("split_launch", "added where the context is split; waves"),
                form.split_launch);
}

void describe(FieldVisitor& visitor, SkewForm& form) {
  visitor.field(non_negative("share", "of SMs over (sequence, KV head) tiles, in pure decode"),
                form.share);
  visitor.field(non_negative("least_tiles_per_sm", "below so many tiles per SM nothing is added"),
                form.least_tiles_per_sm);
  visitor.field(non_negative("mixed_share", "of SMs over (sequence, query head), beside prefill"),
                form.mixed_share);
}

void describe(FieldVisitor& visitor, WindowForm& form) {
  visitor.field(at_least(required("tokens", "window of the samples"), 1), form.tokens);
  visitor.field(at_least(required("launch", "time of a call that attends to nothing"), 0),
                form.launch);
  visitor.field(non_negative("least", "least time of the tiles"), form.least);
  visitor.field(non_negative("tile", "time per tile per SM"), form.tile);
  visitor.field(non_negative("exponent", "of the tiles per SM"), form.exponent);
}

void describe(FieldVisitor& visitor, DecodeForm& form) {
  visitor.field(at_least(required("launch", "time of a call that attends to nothing"), 0),
                form.launch);
  visitor.field(non_negative("log_context", "added per doubling of the mean context"),
                form.log_context);
  visitor.field(at_least(optional("log_from", "mean context from which doublings count"), 1),
                form.log_from);
  visitor.field(non_negative("per_sequence", "added time per sequence"), form.per_sequence);
  visitor.field(non_negative("per_query_head", "added time per query head on the GPU"),
                form.per_query_head);
  visitor.field(non_negative("group_tile", "added per query head of a group and tile per SM"),
                form.group_tile);
  visitor.field(non_negative("tile_floor", "least time per tile per SM"), form.tile_floor);
  visitor.field(non_negative("tile_floor_width", "the same, per 128 of head width"),
                form.tile_floor_width);
  visitor.field(non_negative("tile_floor_group", "the same, per query head of a group"),
                form.tile_floor_group);
  visitor.field(non_negative("tile", "time per tile per SM beside the bytes"), form.tile);
  visitor.field(non_negative("tile_exponent", "of the tiles per SM"), form.tile_exponent);
  visitor.field(efficiency("bandwidth_efficiency", kBandwidth), form.bandwidth_efficiency);
  visitor.field(non_negative("narrow_head", "share of bytes read more with heads of 64"),
                form.narrow_head);
  visitor.field(non_negative("gather_bytes", "bytes of page tables and gathers per token"),
                form.gather_bytes);
  visitor.field(above(optional("compute_efficiency", kCompute), 0), form.compute_efficiency);
  visitor.field(non_negative("blend_exponent", kBlend), form.blend_exponent);
  visitor.optional_group(optional("unsplit", "calls that leave a KV head whole"), form.unsplit);
  visitor.field(optional("padded", "sequences read as many tokens as top-k names, even of shorter"),
                form.padded);
  visitor.optional_group(optional("skew", "batches of unequal contexts"), form.skew);
  visitor.optional_group(optional("window", "sliding windows"), form.window);
  visitor.rule(form.bandwidth_efficiency <= 1 && form.compute_efficiency <= 1,
               "bandwidth_efficiency", "is more than the GPU's peak", "a share is at most 1");
}

void describe(FieldVisitor& visitor, GemmForm& form) {
  visitor.field(at_least(required("launch", "time of a product of nothing"), 0), form.launch);
  visitor.field(non_negative("host_floor", "no call is faster: launches from the host"),
                form.host_floor);
  visitor.field(non_negative("chain", "time of one tile's chain of products per 1000 of k"),
                form.chain);
  visitor.field(at_least(optional("chain_limit", "k from which the chain is split"), 1),
                form.chain_limit);
  visitor.field(at_least(optional("chain_rows", "rows up to which a tile's chain grows"), 64),
                form.chain_rows);
  visitor.field(efficiency("bandwidth_efficiency", kBandwidth), form.bandwidth_efficiency);
  visitor.field(efficiency("compute_efficiency", kCompute), form.compute_efficiency);
  visitor.field(non_negative("chain_exponent", "p of the p-norm of chain and memory; 0: maximum"),
                form.chain_exponent);
  visitor.field(non_negative("blend_exponent", "p of the p-norm of that and compute; 0: maximum"),
                form.blend_exponent);
  visitor.field(non_negative("prologue", "start and end of a tile, in units of k"), form.prologue);
  visitor.field(non_negative("wave", "weight of the last, partly filled wave of tiles"), form.wave);
  visitor.field(non_negative("dynamic_scales", "part of launch that finds the input's scales"),
                form.dynamic_scales);
  visitor.field(non_negative("quantise_bytes", "bytes moved per activation to quantise it"),
                form.quantise_bytes);
  visitor.field(non_negative("quantise_row", "added time per row to quantise it"),
                form.quantise_row);
  visitor.rule(form.dynamic_scales <= form.launch, "dynamic_scales", "is longer than launch",
               "it is a part of it");
}

void describe(FieldVisitor& visitor, PrefillForm& form) {
  visitor.field(at_least(required("launch", "time of a call without tokens"), 0), form.launch);
  visitor.field(non_negative("per_token", "added time per new token"), form.per_token);
  visitor.field(efficiency("bandwidth_efficiency", kBandwidth), form.bandwidth_efficiency);
  visitor.field(efficiency("compute_efficiency", kCompute), form.compute_efficiency);
  visitor.field(
      non_negative("kv_passes", "times that a chunk's keys and values are moved beside the read"),
      form.kv_passes);
  visitor.field(above(optional("chain_efficiency", "share of one SM's rate that a chain gets"), 0),
                form.chain_efficiency);
  visitor.field(non_negative("blend_exponent", kBlend), form.blend_exponent);
  visitor.field(
      optional("padded", "of sparse attention: queries read as many tokens as top-k names"),
      form.padded);
  visitor.field(
      non_negative("padded_heads", "of sparse attention: fewer query heads count as many"),
      form.padded_heads);
}

void describe(FieldVisitor& visitor, MoeForm& form) {
  visitor.field(at_least(required("launch", "time of a call without tokens"), 0), form.launch);
  visitor.field(non_negative("per_expert", "added time per distinct expert"), form.per_expert);
  visitor.field(non_negative("hidden_bytes", "bytes moved per slot and element of hidden_size"),
                form.hidden_bytes);
  visitor.field(non_negative("width_bytes", "bytes moved per slot and element of expert width"),
                form.width_bytes);
  visitor.field(efficiency("bandwidth_efficiency", kBandwidth), form.bandwidth_efficiency);
  visitor.field(efficiency("compute_efficiency", kCompute), form.compute_efficiency);
  visitor.field(non_negative("blend_exponent", kBlend), form.blend_exponent);
  visitor.field(non_negative("padded_rows", "rows that a tile computes beside those it has"),
                form.padded_rows);
}

void describe(FieldVisitor& visitor, CollectiveRow& row) {
  visitor.field(at_least(required("gpus", "ranks of the collective"), 2), row.gpus);
  visitor.field(at_least(required("bytes", "message sizes, ascending"), 1), row.bytes);
  visitor.field(above(required("time", "time at each size"), 0), row.time);
  visitor.rule(!row.bytes.empty() && row.bytes.size() == row.time.size(), "time",
               "has not one value per message size", "give as many times as bytes");
  visitor.rule(std::is_sorted(row.bytes.begin(), row.bytes.end()), "bytes", "is not ascending",
               "sort the points by size");
}

void describe(FieldVisitor& visitor, CollectiveForm& form) {
  visitor.list(required("rows", "one row of points per number of GPUs"), form.rows);
}

void describe(FieldVisitor& visitor, LinkForm& form) {
  visitor.field(at_least(required("launch", "time of a copy of nothing"), 0), form.launch);
  visitor.field(above(required("bandwidth", "achieved, per direction"), 0), form.bandwidth);
}

void describe(FieldVisitor& visitor, HostForm& form) {
  visitor.field(non_negative("serial", "time per step that nothing hides"), form.serial);
  visitor.field(non_negative("per_step", "time per step that async scheduling hides"),
                form.per_step);
  visitor.field(non_negative("per_sequence", "the same, per running sequence"), form.per_sequence);
}

}  // namespace kvsim::spec
