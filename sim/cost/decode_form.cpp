// Decode attention: spec/card_forms.hpp has the equation.
#include <algorithm>
#include <cmath>

#include "sim/cost/call_time.hpp"

namespace kvsim::cost {
namespace {

using model::BatchShape;
using model::Operator;
using spec::DecodeForm;
using spec::UnsplitKind;

constexpr double kWarpedWaves = 0.8;  // FlashAttention-2, num_splits_heuristic: 0.8 of 2·SMs
constexpr double kBlocksPerSm = 2;    // the same
constexpr std::int64_t kNarrowHead = 64;
constexpr double kWidth = 128;  // widths count in units of the commonest head

double seconds(Duration duration) { return to_seconds(duration).value(); }

struct Tiles {
  double all = 0;  // (sequence, KV head) pairs
  double per_sm = 0;
  double group = 1;  // query heads per KV head
};

Tiles tiles_of(const Operator& op, const spec::GpuSpec& gpu, const BatchShape& batch) {
  Tiles tiles;
  tiles.all = static_cast<double>(batch.decode_sequences * op.tiles_per_sequence);
  tiles.per_sm = tiles.all / static_cast<double>(gpu.streaming_multiprocessors);
  if (op.shape.kv_heads > 0) {
    tiles.group =
        static_cast<double>(op.shape.query_heads) / static_cast<double>(op.shape.kv_heads);
  }
  return tiles;
}

bool is_unsplit(const DecodeForm& form, const Tiles& tiles, double slots) {
  if (!form.unsplit) {
    return false;
  }
  return tiles.group == 1 || form.unsplit->kind == UnsplitKind::All ||
         (form.unsplit->kind == UnsplitKind::Waves && tiles.all >= kWarpedWaves * slots);
}

// How much longer the bytes take because whole KV heads leave SMs idle.
double fill_of(const spec::UnsplitForm& unsplit, const Tiles& tiles, double slots) {
  if (unsplit.kind != UnsplitKind::Waves) {
    return std::max(1.0, std::pow(unsplit.full_tiles / tiles.all, unsplit.exponent));
  }
  const double last = std::fmod(tiles.all, slots);
  const double filled = last > 0 ? std::max(last, unsplit.full_tiles) : 0;
  return (tiles.all - last + filled) / tiles.all;
}

// What the GPU's peaks allow, per sequence and per attended token.
double row_floor(const Operator& op, const spec::GpuSpec& gpu) {
  return static_cast<double>(op.bytes_per_row) / gpu.hbm.bandwidth.value();
}

double token_floor(const Operator& op, const spec::GpuSpec& gpu) {
  return std::max(static_cast<double>(op.kv_bytes_per_context_token) / gpu.hbm.bandwidth.value(),
                  op.flops_per_context_token / spec::peak_rate(gpu, op.dtype).value());
}

// lg of the equation and where its piece ends, both of the sum of contexts.
void add_log(DecodeTime& time, const DecodeForm& form, const BatchShape& batch,
             std::int64_t context, DrawnPrice& price) {
  if (form.log_context == Duration()) {
    time.log_until = model::kForever;
    return;
  }
  std::int64_t power = form.log_from * std::max<std::int64_t>(1, batch.decode_sequences);
  if (context < power) {
    time.log_until = power;
    return;
  }
  const auto unit = static_cast<double>(power);
  double doublings = 0;
  double scale = 1;
  while (2 * power <= context) {
    power *= 2;
    scale *= 2;
    ++doublings;
  }
  const double each = price.charge(seconds(form.log_context));
  time.fixed += each * (doublings - 1);
  time.log_slope = each / (scale * unit);
  time.log_until = 2 * power;
}

// Moves the share of sequences with a full window from one law to the other. That share is
// constant while no further window fills (BatchShape::steps_alike).
void blend_in_full_windows(DecodeTime& time, const Operator& op, const spec::WindowForm& form,
                           const spec::GpuSpec& gpu, const BatchShape& batch, const Tiles& tiles,
                           DrawnPrice& price) {
  const auto n = static_cast<double>(batch.decode_sequences);
  const auto growing = static_cast<double>(batch.spans[op.context_index].decode_growing);
  const double full = n > 0 ? 1 - growing / n : 0;
  const auto beyond =
      static_cast<double>(std::max<std::int64_t>(0, op.context_span.tokens - form.tokens));
  const auto tokens = static_cast<double>(std::min(op.context_span.tokens, form.tokens));
  const double law =
      seconds(form.launch) +
      std::max(seconds(form.least), seconds(form.tile) * std::pow(tiles.per_sm, form.exponent));
  const double floor = n * (row_floor(op, gpu) + tokens * token_floor(op, gpu));
  const double all_full = price.charge(law, floor) + time.stream_slope * n * beyond;
  for (double* part :
       {&time.fixed, &time.log_slope, &time.floor, &time.stream, &time.stream_slope}) {
    *part *= 1 - full;
  }
  time.fixed += full * all_full;
}

// Kernels that are given a fixed number of tokens per sequence read as many, whoever has fewer.
void pad_to_span(DecodeTime& time, const Operator& op, const BatchShape& batch) {
  const auto tokens = static_cast<double>(batch.decode_sequences * op.context_span.tokens);
  time.stream += time.stream_slope * tokens;
  time.stream_slope = 0;
}

double skew_share_of(const Operator& op, const DecodeForm& form, const spec::GpuSpec& gpu,
                     const BatchShape& batch, const Tiles& tiles) {
  if (!form.skew || batch.decode_sequences == 0) {
    return 0;
  }
  const auto query_tiles =
      static_cast<double>(batch.decode_sequences * std::max<std::int64_t>(1, op.shape.query_heads));
  return skew_share(*form.skew, static_cast<double>(gpu.streaming_multiprocessors), tiles.all,
                    query_tiles, batch.prefill_tokens > 0);
}

}  // namespace

DecodeTime decode_time(const Operator& op, const DecodeForm& form, const spec::GpuSpec& gpu,
                       const BatchShape& batch, std::optional<double> factor) {
  DrawnPrice price{factor};
  const Tiles tiles = tiles_of(op, gpu, batch);
  const double slots = kBlocksPerSm * static_cast<double>(gpu.streaming_multiprocessors);
  const bool unsplit = is_unsplit(form, tiles, slots);
  const bool whole_head = unsplit && form.unsplit->kind != UnsplitKind::Waves;
  const Rates rates = rates_of(op, form.bandwidth_efficiency, form.compute_efficiency, gpu);
  const auto sequences = static_cast<double>(batch.decode_sequences);
  DecodeTime time;
  time.fixed = seconds(form.launch) + seconds(form.per_sequence) * sequences +
               seconds(form.per_query_head) * static_cast<double>(op.shape.query_heads) +
               seconds(form.group_tile) * tiles.group * tiles.per_sm +
               static_cast<double>(op.bytes_per_row) * sequences / rates.bytes;
  if (form.unsplit && !unsplit) {
    time.fixed += seconds(form.unsplit->split_launch);
  }
  time.fixed = price.charge(time.fixed, sequences * row_floor(op, gpu));
  add_log(time, form, batch, batch.spans[op.context_index].decode_context, price);
  const double wide =
      seconds(form.tile_floor) +
      seconds(form.tile_floor_width) * static_cast<double>(op.shape.head_dim) / kWidth +
      seconds(form.tile_floor_group) * tiles.group;
  time.floor = price.charge((whole_head ? seconds(form.unsplit->tile_floor) : wide) * tiles.per_sm);
  time.stream = whole_head
                    ? 0
                    : price.charge(seconds(form.tile) * std::pow(tiles.per_sm, form.tile_exponent));
  const double narrow = op.shape.head_dim == kNarrowHead ? 1 + form.narrow_head : 1;
  const double fill = unsplit ? fill_of(*form.unsplit, tiles, slots) : 1;
  const auto kv = static_cast<double>(op.kv_bytes_per_context_token);
  time.memory = (kv * narrow * fill + form.gather_bytes) / rates.bytes;
  time.compute = op.flops_per_context_token / rates.flops;
  time.stream_slope =
      price.charge(blend(time.memory, time.compute, form.blend_exponent), token_floor(op, gpu));
  if (form.padded && op.context_span.kind == model::SpanKind::Window) {
    pad_to_span(time, op, batch);
  }
  if (form.window && op.context_span.kind == model::SpanKind::Window) {
    blend_in_full_windows(time, op, *form.window, gpu, batch, tiles, price);
  }
  time.skew_slope = skew_share_of(op, form, gpu, batch, tiles) * time.stream_slope;
  time.truncated = price.truncated;
  return time;
}

double skew_share(const spec::SkewForm& form, double multiprocessors, double tiles,
                  double query_tiles, bool mixed) {
  if (mixed) {
    return std::min(1.0, form.mixed_share * multiprocessors / query_tiles);
  }
  const bool enough = tiles >= form.least_tiles_per_sm * multiprocessors;
  return enough ? std::min(1.0, form.share * multiprocessors / tiles) : 0;
}

std::int64_t skew_excess(const Operator& op, const BatchShape& batch) {
  const model::SpanCounts& counts = batch.spans[op.context_index];
  const std::int64_t n = batch.decode_sequences;
  const std::int64_t hidden = batch.prefill_tokens == 0 ? 0 : counts.prefill_longest * n;
  return std::max<std::int64_t>(
      0, counts.decode_longest * n - std::max(counts.decode_context, hidden));
}

spec::DecodeForm decode_form_of(const spec::CardSpec& card) {
  if (card.form == spec::CardForm::Decode) {
    return card.decode;
  }
  const spec::StreamingForm& form = card.streaming;
  DecodeForm decode;
  decode.launch = form.launch;
  decode.per_sequence = form.per_sequence;
  decode.tile = form.tile;
  decode.bandwidth_efficiency = form.bandwidth_efficiency;
  decode.compute_efficiency = form.compute_efficiency;
  decode.blend_exponent = form.blend_exponent;
  return decode;
}

}  // namespace kvsim::cost
