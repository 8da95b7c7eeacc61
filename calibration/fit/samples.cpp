#include "calibration/fit/samples.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include <cmath>
#include <map>
#include <optional>

#include "calibration/fit/sample_layout.hpp"
#include "sim/base/diagnostic.hpp"

namespace kvsim::fit {
namespace {

// Tables of decode attention: kernels treat larger groups otherwise; less KV than this is gone from
// no cache between two calls, and its reading is not seen beside the launch.
constexpr double kLargestGroup = 16;
constexpr std::int64_t kTinyBytes = 2'000'000;

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

NumbersByColumn numbers_of(const CsvTable& table, const Layout& layout) {
  NumbersByColumn numbers;
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

// A cache that repetitions of the call read again; weights are rotated by the harness.
Bytes working_set(const Sample& sample, Repeats repeats) {
  return Bytes(repeats == Repeats::RereadCache ? model::kv_bytes_read(sample.op, sample.batch) : 0);
}

std::string warmth_of(const Sample& sample) {
  if (sample.verdict != GateVerdict::Warm) {
    return "cold";
  }
  return working_set(sample, Repeats::RereadCache).value() <= kTinyBytes ? "tiny" : "warm";
}

std::string window_regime(const Sample& sample) {
  if (sample.batch.spans[0].decode_growing > 0) {
    return "window, not full";
  }
  return sample.context == sample.op.context_span.tokens ? "window, just full"
                                                         : std::string(kFullWindow);
}

std::string decode_regime(const Sample& sample) {
  if (sample.op.kind == model::OperatorKind::DecodeLinear) {
    return warmth_of(sample);
  }
  if (sample.op.kind == model::OperatorKind::DecodeAttentionMla) {
    return sample.batch.spans[0].decode_longest >= 512 ? "ctx >= 512" : "ctx < 512";
  }
  if (sample.op.context_span.kind == model::SpanKind::Window) {
    return window_regime(sample);
  }
  const std::string regime = warmth_of(sample);
  const auto group = static_cast<double>(sample.op.shape.query_heads) /
                     static_cast<double>(sample.op.shape.kv_heads);
  return group > kLargestGroup ? regime + ", group > 16" : regime;
}

void judge_sample(Sample& sample, Repeats repeats, bool rotated, const spec::GpuSpec& gpu,
                  GateCounts& counts) {
  GateSample gate;
  gate.bytes = Bytes(std::llround(model::bytes_moved(sample.op, sample.batch)));
  if (repeats == Repeats::RereadActivations) {  // what fits in L2 need not come from HBM
    gate.bytes = std::max(Bytes(0), gate.bytes - gpu.l2_cache);
  }
  gate.flops = Flops(model::flops_done(sample.op, sample.batch));
  gate.working_set = working_set(sample, repeats);
  gate.time = Seconds(sample.seconds);
  gate.compute_dtype = sample.op.dtype;
  gate.is_cold = repeats != Repeats::RereadCache || rotated;
  sample.verdict = judge(gate, gpu);
  if (repeats == Repeats::RereadCache) {
    sample.regime = decode_regime(sample);
  }
  ++count_of(counts, sample.verdict);
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

Diagnostic nothing_left(spec::CardOperator op, const CsvTable& table, const RowFilter& filter) {
  std::set<std::string> combinations;
  for (const Combination& each : combinations_of(op, table, {})) {
    combinations.insert(text_of(each.words));
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
  const RowWords words = words_of(op, table, filter);
  const auto routings = table.texts_or("routing", "balanced");
  const auto caches = table.texts_or("cache", "");
  Samples samples;
  for (int i = 0; i < table.rows(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!words.wanted[at]) {
      ++samples.filtered_out;
      continue;
    }
    Sample sample =
        layout.read(Row(numbers, i), dtype_or_throw(words.dtypes[at], layout.dtype_column));
    sample.seconds = times[i] * 1e-6;
    sample.dtype = words.dtypes[at];
    if (op == spec::CardOperator::Moe && routings[at] != "balanced") {
      sample.regime += ", " + routings[at];
      sample.op.experts->balanced = false;
    }
    remember_source(samples, words.stacks[at], words.kernels[at], words.dtypes[at]);
    judge_sample(sample, layout.repeats, caches[at] == "cold", gpu, samples.gate);
    samples.rows.push_back(std::move(sample));
  }
  if (samples.rows.empty()) {
    throw ConfigError({nothing_left(op, table, filter)});
  }
  return samples;
}

}  // namespace kvsim::fit
