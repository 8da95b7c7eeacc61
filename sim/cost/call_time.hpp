// Time of one call of an operator by the form of its card, in seconds, nothing rounded.
//
// One file per form: decode_form.cpp, gemm_form.cpp, prefill_form.cpp, moe_form.cpp; the streaming
// form and collectives are in call_time.cpp. Calibration fits these very functions to measurements.
#pragma once

#include "sim/cost/drawn_price.hpp"
#include "sim/model/operators.hpp"
#include "sim/spec/card.hpp"
#include "sim/spec/gpu.hpp"

namespace kvsim::cost {

/// What a call takes while the batch stays; nothing here depends on the decode context.
struct CallTime {
  double seconds = 0;
  double memory = 0;  ///< the parts that were blended, to tell what bounds the call
  double compute = 0;
};

/// Decode attention at C attended tokens, for C in [.., log_until):
///   fixed + log_slope·C + max(floor, stream + stream_slope·C)
struct DecodeTime {
  double fixed = 0;
  double log_slope = 0;
  std::int64_t log_until = 0;  ///< C at which the next power of two begins
  double floor = 0;
  double stream = 0;
  double stream_slope = 0;
  double skew_slope = 0;  ///< per token that the longest context exceeds the mean, times sequences
  double memory = 0;      ///< per attended token, as above
  double compute = 0;
  bool truncated = false;  ///< a draw was below what the GPU's peaks allow
};

/// Achieved and peak rates of a call.
struct Rates {
  double bytes = 0;       ///< achieved
  double flops = 0;       ///< achieved
  double peak_bytes = 0;  ///< of the GPU
  double peak_flops = 0;
};
[[nodiscard]] Rates rates_of(const model::Operator& op, double bandwidth_efficiency,
                             double compute_efficiency, const spec::GpuSpec& gpu);

/// Of `bytes`, those that the kernel before left in L2; none unless the form says so.
[[nodiscard]] double bytes_in_l2(const spec::StreamingForm& form, const spec::GpuSpec& gpu,
                                 double bytes);

/// (a^p + b^p)^(1/p); the larger for p = 0, the sum for p = 1.
[[nodiscard]] double blend(double a, double b, double exponent);

/// With a `factor`, the price of a draw: each part by itself is no faster than the GPU's peaks, so
/// whether it is truncated depends on the sequences alone and the pieces in C stay where they are.
[[nodiscard]] DecodeTime decode_time(const model::Operator& op, const spec::DecodeForm& form,
                                     const spec::GpuSpec& gpu, const model::BatchShape& batch,
                                     std::optional<double> factor = std::nullopt);
/// α of spec::SkewForm: how far batches of unequal contexts are on the way from the time at the
/// mean context to the time at the longest. `tiles` are (sequence, KV head) pairs, `query_tiles`
/// those with query heads; `mixed` says that a prefill chunk runs in the same kernel.
[[nodiscard]] double skew_share(const spec::SkewForm& form, double multiprocessors, double tiles,
                                double query_tiles, bool mixed);
/// The card's decode form, or its streaming form read as one.
[[nodiscard]] spec::DecodeForm decode_form_of(const spec::CardSpec& card);
/// Tokens that the sequences fall short of the longest one, n·longest − C; still while all of them
/// grow. Beside prefill only what exceeds the longest chunk's context counts: the chunk hides the
/// rest.
[[nodiscard]] std::int64_t skew_excess(const model::Operator& op, const model::BatchShape& batch);

/// Requires: `op` is no decode attention, and `card` has a form for it (checked).
[[nodiscard]] CallTime call_time(const model::Operator& op, const spec::CardSpec& card,
                                 const spec::GpuSpec& gpu, const model::BatchShape& batch);

[[nodiscard]] CallTime gemm_time(const model::Operator& op, const spec::GemmForm& form,
                                 const spec::GpuSpec& gpu, const model::BatchShape& batch);
/// Of prompts in one step, as prefill laws count them; 1 at least.
[[nodiscard]] std::int64_t chunks_of(const model::BatchShape& batch);
[[nodiscard]] CallTime prefill_time(const model::Operator& op, const spec::PrefillForm& form,
                                    const spec::GpuSpec& gpu, const model::BatchShape& batch);
[[nodiscard]] CallTime moe_time(const model::Operator& op, const spec::MoeForm& form,
                                const spec::GpuSpec& gpu, const model::BatchShape& batch);

/// Any operator at this batch, whole: what a measurement of the call compares with.
[[nodiscard]] double call_seconds(const model::Operator& op, const spec::CardSpec& card,
                                  const spec::GpuSpec& gpu, const model::BatchShape& batch);

}  // namespace kvsim::cost
