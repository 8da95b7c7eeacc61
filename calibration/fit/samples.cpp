#include "calibration/fit/samples.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/model/gemm.hpp"
#include "sim/model/traffic.h"

namespace kvsim::fit {
namespace {

using model::Operator;
using model::OperatorKind;
using model::RowsOf;

// MLA of DeepSeek-V2 and its heirs, the only one that tables hold: latent 512, rotary key 64.
constexpr std::int64_t kLatent = 512;
constexpr std::int64_t kRope = 64;
constexpr std::int64_t kMlaHeadsPerTile = 64;
constexpr std::int64_t kCommonWidth = 128;  // of a head
// Tables of decode attention: kernels treat larger groups otherwise; less KV than this is gone from
// no cache between two calls, and its reading is not seen beside the launch.
constexpr double kLargestGroup = 16;
constexpr std::int64_t kTinyBytes = 2'000'000;

// One row of a table, by column.
class Row {
 public:
  Row(const std::map<std::string, Eigen::VectorXd, std::less<>>& numbers, int index)
      : numbers_(numbers), index_(index) {}

  [[nodiscard]] std::int64_t operator[](std::string_view column) const {
    return std::llround(numbers_.find(column)->second[index_]);
  }
  [[nodiscard]] std::int64_t value_or(std::string_view column, std::int64_t otherwise) const {
    return numbers_.contains(column) ? (*this)[column] : otherwise;
  }

 private:
  const std::map<std::string, Eigen::VectorXd, std::less<>>& numbers_;
  int index_;
};

std::string variant_of(std::int64_t heads, std::int64_t kv_heads) {
  if (kv_heads == 1) {
    return heads == 1 ? "mha" : "mqa";
  }
  return heads == kv_heads ? "mha" : fmt::format("gqa-{}", heads / kv_heads);
}

std::string head_shape(const Row& row) {
  return fmt::format("{} x {} x {}", row["heads"], row["kv_heads"], row["head_dim"]);
}

std::int64_t element_bytes(spec::Dtype dtype) { return spec::bytes_of(dtype, 1); }

Operator attention(const Row& row, spec::Dtype dtype) {
  const std::int64_t heads = row["heads"];
  const std::int64_t width = row["head_dim"];
  Operator op;
  op.dtype = dtype;
  op.bytes_per_row = traffic::decode_io_bytes(heads, width);
  op.kv_bytes_per_context_token =
      traffic::kv_bytes_per_token(row["kv_heads"], width, element_bytes(dtype));
  op.shape.query_heads = heads;
  op.shape.kv_heads = row["kv_heads"];
  op.shape.head_dim = width;
  return op;
}

Sample decode_attention(const Row& row, spec::Dtype dtype) {
  const std::int64_t window = row.value_or("window", 0);
  Sample sample;
  sample.op = attention(row, dtype);
  if (window > 0) {
    sample.op.context_span = {model::SpanKind::Window, window};
  }
  sample.op.name = "decode_attention";
  sample.op.kind = OperatorKind::DecodeAttention;
  sample.op.rows = RowsOf::DecodeSequences;
  sample.op.flops_per_context_token =
      traffic::attention_flops(row["heads"], row["head_dim"], row["head_dim"]);
  sample.op.tiles_per_sequence = row["kv_heads"];
  model::add_decode(sample.batch, {sample.op.context_span}, row["ctx"], row["batch"]);
  sample.context = row["ctx"];
  sample.variant = window > 0 ? "window" : variant_of(row["heads"], row["kv_heads"]);
  sample.shape = head_shape(row);
  return sample;
}

Sample decode_attention_mla(const Row& row, spec::Dtype dtype) {
  const std::int64_t heads = row["heads"];
  Sample sample;
  sample.op.name = "decode_attention";
  sample.op.kind = OperatorKind::DecodeAttentionMla;
  sample.op.rows = RowsOf::DecodeSequences;
  sample.op.dtype = dtype;
  sample.op.bytes_per_row = traffic::mla_decode_io_bytes(heads, kLatent, kRope);
  sample.op.kv_bytes_per_context_token =
      traffic::mla_kv_bytes_per_token(kLatent, kRope, element_bytes(dtype));
  sample.op.flops_per_context_token = traffic::attention_flops(heads, kLatent + kRope, kLatent);
  sample.op.tiles_per_sequence = (heads + kMlaHeadsPerTile - 1) / kMlaHeadsPerTile;
  sample.op.shape = {0, 0, heads, 1, kLatent + kRope};
  model::add_decode(sample.batch, {model::Span{}}, row["ctx"], row["batch"]);
  sample.variant = "mla";
  sample.shape = fmt::format("{} heads x {}", heads, row["batch"]);
  return sample;
}

Sample prefill_attention(const Row& row, spec::Dtype dtype) {
  Sample sample;
  sample.op = attention(row, dtype);
  sample.op.name = "prefill_attention";
  sample.op.kind = OperatorKind::PrefillAttention;
  sample.op.rows = RowsOf::PrefillTokens;
  sample.op.flops_per_pair =
      traffic::attention_flops(row["heads"], row["head_dim"], row["head_dim"]);
  for (std::int64_t i = 0; i < row["batch"]; ++i) {
    model::add_prefill(sample.batch, {model::Span{}}, row.value_or("step", 0), row["isl"]);
  }
  sample.variant = variant_of(row["heads"], row["kv_heads"]);
  sample.shape = head_shape(row);
  sample.regime = row["isl"] >= 512 ? "isl >= 512" : "isl < 512";
  if (row["head_dim"] != kCommonWidth) {
    sample.regime += fmt::format(", head_dim {}", row["head_dim"]);
  }
  return sample;
}

Sample gemm(const Row& row, spec::Dtype dtype) {
  Sample sample;
  sample.op = model::gemm("", {"gemm", row["n"], row["k"], 1, dtype}, RowsOf::StepTokens, 1);
  sample.batch.padded_tokens = row["m"];
  sample.shape = fmt::format("{} x {}", row["n"], row["k"]);
  sample.regime = row["m"] <= 256 ? "m <= 256" : (row["m"] < 1024 ? "m < 1024" : "m >= 1024");
  return sample;
}

// Experts of two matrices instead of three: Nemotron's, without a gate. Counted with three, their
// rows would be above the HBM peak.
std::int64_t matrices_of(std::int64_t hidden, std::int64_t inter) {
  const bool ungated = (hidden == 2688 && inter == 1856) || (hidden == 2048 && inter == 5120) ||
                       (hidden == 1024 && inter == 2688);
  return ungated ? 2 : 3;
}

Sample moe(const Row& row, spec::Dtype dtype) {
  const std::int64_t hidden = row["hidden"];
  const std::int64_t width = row["inter"] / row.value_or("moe_tp", 1);
  const std::int64_t ranks = row.value_or("moe_ep", 1);
  const std::int64_t matrices = matrices_of(hidden, row["inter"]);
  Sample sample;
  sample.op.name = "experts";
  sample.op.kind = OperatorKind::Moe;
  sample.op.rows = RowsOf::StepTokens;
  sample.op.dtype = dtype;
  sample.op.experts = model::ExpertTraffic{row["experts"] / ranks,
                                           row["experts"],
                                           row["topk"],
                                           spec::bytes_of(dtype, matrices * hidden * width),
                                           {},
                                           true};
  sample.op.bytes_per_row = 2 * 2 * hidden;
  sample.op.flops_per_row = 2.0 * static_cast<double>(matrices * hidden * width * row["topk"]) /
                            static_cast<double>(ranks);
  sample.op.shape.n = width;
  sample.op.shape.k = hidden;
  sample.batch.padded_tokens = row["tokens"];
  sample.shape = fmt::format("{} x {} x {}", hidden, row["inter"], row["experts"]);
  sample.regime = row["tokens"] <= 256 ? "tokens <= 256" : "tokens > 256";
  return sample;
}

Sample all_reduce(const Row& row, spec::Dtype dtype) {
  Sample sample;
  sample.op.name = "all_reduce";
  sample.op.kind = OperatorKind::AllReduce;
  sample.op.rows = RowsOf::StepTokens;
  sample.op.dtype = dtype;
  sample.op.bytes_per_row = element_bytes(dtype);
  sample.op.ranks = row["n_gpus"];
  sample.batch.padded_tokens = row["elements"];
  sample.shape = fmt::format("{} B", row["elements"] * element_bytes(dtype));
  sample.regime = fmt::format("{} GPUs", row["n_gpus"]);
  return sample;
}

struct Layout {
  spec::CardOperator op;
  std::vector<std::string_view> columns;
  std::vector<std::string_view> optional_columns;
  std::string_view dtype_column;
  Sample (*read)(const Row& row, spec::Dtype dtype);
};

const std::vector<Layout>& layouts() {
  using spec::CardOperator;
  static const std::vector<Layout> kLayouts = {
      {CardOperator::DecodeAttention,
       {"batch", "heads", "kv_heads", "head_dim", "ctx"},
       {"window"},
       "kv_dtype",
       decode_attention},
      {CardOperator::DecodeAttentionMla,
       {"batch", "heads", "ctx"},
       {},
       "kv_dtype",
       decode_attention_mla},
      {CardOperator::PrefillAttention,
       {"batch", "isl", "heads", "kv_heads", "head_dim"},
       {"step"},
       "kv_dtype",
       prefill_attention},
      {CardOperator::Gemm, {"m", "n", "k"}, {}, "dtype", gemm},
      {CardOperator::Moe,
       {"tokens", "hidden", "inter", "topk", "experts"},
       {"moe_tp", "moe_ep"},
       "dtype",
       moe},
      {CardOperator::AllReduce, {"n_gpus", "elements"}, {}, "dtype", all_reduce}};
  return kLayouts;
}

const Layout& layout_of(spec::CardOperator op) {
  for (const Layout& layout : layouts()) {
    if (layout.op == op) {
      return layout;
    }
  }
  throw InternalError("no table of measurements is known for this operator");
}

}  // namespace

std::optional<spec::Dtype> dtype_named(std::string_view name) {
  static const std::map<std::string_view, spec::Dtype> kOthers = {
      {"int4_wo", spec::Dtype::Int4},  {"w4a16_mxfp4", spec::Dtype::Mxfp4},
      {"bfloat16", spec::Dtype::Bf16}, {"float16", spec::Dtype::Fp16},
      {"half", spec::Dtype::Fp16},     {"fp8_e4m3", spec::Dtype::Fp8},
  };
  for (std::size_t i = 0; i < spec::kDtypeNames.size(); ++i) {
    if (spec::kDtypeNames[i] == name) {
      return static_cast<spec::Dtype>(i);
    }
  }
  const auto other = kOthers.find(name);
  return other == kOthers.end() ? std::nullopt : std::optional(other->second);
}

namespace {

std::vector<std::string> texts_or(const CsvTable& table, std::string_view column,
                                  std::string_view otherwise) {
  if (table.has(column)) {
    return table.texts(column);
  }
  return std::vector<std::string>(static_cast<std::size_t>(table.rows()), std::string(otherwise));
}

std::map<std::string, Eigen::VectorXd, std::less<>> numbers_of(const CsvTable& table,
                                                               const Layout& layout) {
  std::map<std::string, Eigen::VectorXd, std::less<>> numbers;
  for (const std::string_view column : layout.columns) {
    numbers.emplace(column, table.positive_numbers(column));
  }
  for (const std::string_view column : layout.optional_columns) {
    if (table.has(column)) {
      numbers.emplace(column, table.numbers(column));
    }
  }
  return numbers;
}

// What repetitions of the call reuse: a cache is read again, weights are rotated by the harness.
Bytes working_set(const Sample& sample) {
  return Bytes(
      model::reads_decode_context(sample.op) ? model::kv_bytes_read(sample.op, sample.batch) : 0);
}

std::string window_regime(const Sample& sample) {
  if (sample.batch.spans[0].decode_growing > 0) {
    return "window, not full";
  }
  return sample.context == sample.op.context_span.tokens ? "window, just full"
                                                         : std::string(kFullWindow);
}

std::string decode_regime(const Sample& sample) {
  if (sample.op.kind == OperatorKind::DecodeAttentionMla) {
    return sample.batch.spans[0].decode_longest >= 512 ? "ctx >= 512" : "ctx < 512";
  }
  if (sample.op.context_span.kind == model::SpanKind::Window) {
    return window_regime(sample);
  }
  std::string regime = "cold";
  if (sample.verdict == GateVerdict::Warm) {
    regime = working_set(sample).value() <= kTinyBytes ? "tiny" : "warm";
  }
  const auto group = static_cast<double>(sample.op.shape.query_heads) /
                     static_cast<double>(sample.op.shape.kv_heads);
  return group > kLargestGroup ? regime + ", group > 16" : regime;
}

void judge_sample(Sample& sample, const spec::GpuSpec& gpu, GateCounts& counts) {
  const bool cached = model::reads_decode_context(sample.op);
  GateSample gate;
  gate.bytes = Bytes(std::llround(model::bytes_moved(sample.op, sample.batch)));
  gate.flops = Flops(model::flops_done(sample.op, sample.batch));
  gate.working_set = working_set(sample);
  gate.time = Seconds(sample.seconds);
  gate.compute_dtype = sample.op.dtype;
  gate.is_cold = !cached;
  sample.verdict = judge(gate, gpu);
  if (cached) {
    sample.regime = decode_regime(sample);
  }
  ++count_of(counts, sample.verdict);
}

// A format counts under its own name and under the table's.
bool wanted_dtype(const std::string& filter, const std::string& value) {
  return filter.empty() || filter == value ||
         (dtype_named(filter) && dtype_named(filter) == dtype_named(value));
}

bool wanted(const std::string& filter, const std::string& value) {
  return filter.empty() || filter == value;
}

spec::Dtype dtype_or_throw(const std::string& name, std::string_view column) {
  if (const auto dtype = dtype_named(name)) {
    return *dtype;
  }
  Diagnostic unknown;
  unknown.message = fmt::format("'{}' is no format that is known", name);
  unknown.path = std::string(column);
  unknown.notes = {"choose rows of other formats with --dtype"};
  throw ConfigError({unknown});
}

void remember_source(Samples& samples, const std::string& stack, const std::string& kernel,
                     const std::string& dtype) {
  samples.dtypes.insert(dtype);
  if (!stack.empty()) {
    samples.stacks.insert(stack);
  }
  if (!kernel.empty()) {
    samples.kernels.insert(kernel);
  }
}

Diagnostic nothing_left(const RowFilter& filter, const std::vector<std::string>& stacks,
                        const std::vector<std::string>& kernels,
                        const std::vector<std::string>& dtypes) {
  std::set<std::string> combinations;
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    combinations.insert(fmt::format("{} {} {}", stacks[i], kernels[i], dtypes[i]));
  }
  Diagnostic nothing;
  nothing.place.file = "kvsim";
  nothing.message = fmt::format("no row of the table has stack '{}', kernel '{}', dtype '{}'",
                                filter.stack, filter.kernel, filter.dtype);
  nothing.notes.push_back(fmt::format("it has {}", fmt::join(combinations, "; ")));
  return nothing;
}

}  // namespace

const std::vector<spec::CardOperator>& operators_with_tables() {
  static const std::vector<spec::CardOperator> kOperators = [] {
    std::vector<spec::CardOperator> all;
    for (const Layout& layout : layouts()) {
      all.push_back(layout.op);
    }
    return all;
  }();
  return kOperators;
}

const std::vector<std::string_view>& columns_of(spec::CardOperator op) {
  return layout_of(op).columns;
}

const std::vector<std::string_view>& optional_columns_of(spec::CardOperator op) {
  return layout_of(op).optional_columns;
}

Samples samples_of(spec::CardOperator op, const CsvTable& table, const RowFilter& filter,
                   const spec::GpuSpec& gpu) {
  const Layout& layout = layout_of(op);
  std::vector<std::string_view> needed = layout.columns;
  needed.push_back("latency_us");
  table.require(needed);
  const auto numbers = numbers_of(table, layout);
  const Eigen::VectorXd times = table.positive_numbers("latency_us");
  const auto stacks = texts_or(table, "stack", filter.stack);
  const auto kernels = texts_or(table, table.has("kernel") ? "kernel" : "impl", filter.kernel);
  const auto dtypes = texts_or(table, layout.dtype_column, "bf16");
  const auto routings = texts_or(table, "routing", "balanced");
  Samples samples;
  for (int i = 0; i < table.rows(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!wanted(filter.stack, stacks[at]) || !wanted(filter.kernel, kernels[at]) ||
        !wanted_dtype(filter.dtype, dtypes[at])) {
      ++samples.filtered_out;
      continue;
    }
    Sample sample = layout.read(Row(numbers, i), dtype_or_throw(dtypes[at], layout.dtype_column));
    sample.seconds = times[i] * 1e-6;
    sample.dtype = dtypes[at];
    if (op == spec::CardOperator::Moe && routings[at] != "balanced") {
      sample.regime += ", " + routings[at];
      sample.op.experts->balanced = false;
    }
    remember_source(samples, stacks[at], kernels[at], dtypes[at]);
    judge_sample(sample, gpu, samples.gate);
    samples.rows.push_back(std::move(sample));
  }
  if (samples.rows.empty()) {
    throw ConfigError({nothing_left(filter, stacks, kernels, dtypes)});
  }
  return samples;
}

}  // namespace kvsim::fit
