// What the formats of traces are: which column or key means what, and from when times count.
//
//   format    syntax             arrival        prompt           output            times
//   azure     CSV                TIMESTAMP      ContextTokens    GeneratedTokens   wall clock
//   csv       CSV                arrival_s      prompt_tokens    output_tokens     s, as written
//   burstgpt  CSV                Timestamp      Request tokens   Response tokens   s, from the
//                                                                                       first
//   mooncake  JSON lines         timestamp      input_length     output_length     ms, as written
//   lengths   CSV or JSON lines  -              prompt_tokens    output_tokens     -
//
// All but azure and burstgpt may have a column or key `priority`, and `hash_ids`.
// mooncake also takes Dynamo's words (created_time, input_tokens, output_tokens); lengths also
// takes Vidur's (num_prefill_tokens, num_decode_tokens) and those of mooncake. workload.columns
// replaces any of these names. Sources: AzurePublicDataset; kvcache-ai/Mooncake FAST25-release;
// HPMLL/BurstGPT, whose second file begins two months after its origin, so times count from its
// first request.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/workload.hpp"
#include "sim/workload/arrival_clock.hpp"

namespace kvsim::workload {

enum class TraceSyntax { Csv, JsonLines };

/// Names that a column or key may have; the first one is the format's own.
using Names = std::vector<std::string>;

/// What is taken from a trace: with generated arrivals, its column of arrivals may be absent.
enum class TraceUse { ArrivalsAndLengths, LengthsOnly };

struct TraceLayout {
  TraceSyntax syntax = TraceSyntax::Csv;
  Names arrival{};
  Names prompt_tokens{};
  Names output_tokens{};
  Names hash_ids{};  ///< empty: not read
  Names priority{};  ///< absent from a trace: 0, unless its name was given
  bool priority_was_named = false;
  bool hash_ids_were_named = false;
  std::int64_t hash_block_size = spec::kMooncakeBlock;  ///< tokens of an id
  spec::TimeUnit arrival_unit = spec::TimeUnit::Seconds;
  TraceOrigin origin = TraceOrigin::StartOfRun;
  TraceUse use = TraceUse::ArrivalsAndLengths;
  bool empty_output_is_failure = false;  ///< 0 output tokens: a failed request, not a fault
};

/// The layout of workload.format with the names of workload.columns. For lengths, the file's first
/// character decides between the two syntaxes.
[[nodiscard]] TraceLayout layout_of(const spec::WorkloadSpec& workload);

/// The names of a format without workload.columns.
[[nodiscard]] TraceLayout standard_layout(spec::TraceFormat format);

}  // namespace kvsim::workload
