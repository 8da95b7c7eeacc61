// Measured kernel calls as the simulator's own operators, so that a fit and a simulation price the
// same bytes and FLOPs by the same code.
//
// Columns by operator (docs/reference has them, too); times are in latency_us, microseconds of one
// call on one GPU; `stack`, `kernel` and a dtype column choose rows and may be absent; `cache` says
// `cold` where each call found its KV cache in HBM, however small it is:
//
//   decode_attention      batch, heads, kv_heads, head_dim, ctx [, window]      kv_dtype
//   decode_attention_mla  batch, heads, ctx                                     kv_dtype
//   prefill_attention     batch, isl, heads, kv_heads, head_dim [, step]        kv_dtype
//   gemm                  m, n, k                                               dtype
//   moe                   tokens, hidden, inter, topk, experts [, moe_tp, moe_ep, routing]  dtype
//   all_reduce            n_gpus, elements                                      dtype
//
// heads and kv_heads are those of one GPU. `ctx` are the tokens attended to.
//
// Regimes, by which a recipe says what is fitted and judged:
//
//   decode_attention      cold: more KV than 3 x L2; tiny: at most 2 MB, which no cache hides;
//                         warm: between. "cold, group > 16": more query heads per KV head.
//                         "window": a full sliding window; "window, not full"; "window, just
//                         full": whole tiles, which real contexts have one time in a hundred
//   decode_attention_mla  ctx >= 512, ctx < 512
//   prefill_attention     isl >= 512, isl < 512; ", head_dim 64" and so on where it is not 128
//   gemm                  m <= 256, m < 1024, m >= 1024
//   moe                   tokens <= 256, tokens > 256; ", pl1.2" and so on where routing is uneven
//   all_reduce            2 GPUs, ...
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/fit/csv_table.hpp"
#include "calibration/fit/gate.hpp"
#include "calibration/fit/row_choice.hpp"
#include "sim/model/operators.hpp"
#include "sim/spec/card.hpp"

namespace kvsim::fit {

struct Sample {
  model::Operator op;
  model::BatchShape batch;
  double seconds = 0;        ///< measured
  std::int64_t context = 0;  ///< of a decoding sequence, beyond its window too; of others 0
  std::string shape;         ///< whole shapes are held out together: "32 x 8 x 128"
  std::string variant;       ///< mha, gqa-4, mqa, mla; of products and others empty
  std::string regime;        ///< where errors are told apart; words below
  std::string dtype;
  GateVerdict verdict = GateVerdict::Accepted;
};

/// Regime of decode attention with a sliding window that the context exceeds.
inline constexpr std::string_view kFullWindow = "window";

struct Samples {
  std::vector<Sample> rows;
  std::set<std::string> stacks;  ///< of these rows; empty where the table does not say
  std::set<std::string> kernels;
  std::set<std::string> dtypes;
  GateCounts gate;
  std::int64_t filtered_out = 0;  ///< rows that the filter did not want
};

/// The format that a table calls so: a name of spec::kDtypeNames, or another tool's.
[[nodiscard]] std::optional<spec::Dtype> dtype_named(std::string_view name);

/// Operators that `samples_of` can read.
[[nodiscard]] const std::vector<spec::CardOperator>& operators_with_tables();

/// Columns of its tables beside latency_us, dtype, stack and kernel. Requires as below.
[[nodiscard]] const std::vector<std::string_view>& columns_of(spec::CardOperator op);
[[nodiscard]] const std::vector<std::string_view>& optional_columns_of(spec::CardOperator op);

/// Throws ConfigError: missing columns, values that are no numbers, an unknown dtype, no row left.
/// Requires: `op` is one of operators_with_tables() (checked).
[[nodiscard]] Samples samples_of(spec::CardOperator op, const CsvTable& table,
                                 const RowFilter& filter, const spec::GpuSpec& gpu);

}  // namespace kvsim::fit
