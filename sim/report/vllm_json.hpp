// The dict that `vllm bench serve --save-result` writes, so that scripts made for it read kvsim.
//
// Keys, spellings and order are those of vllm/benchmarks/serve.py (percentiles "p99.9_ttft_ms",
// as with --metric-percentiles 90,95,99,99.9 and --percentile-metrics ttft,tpot,itl,e2el).
// What a simulation has no word for is null: date, label, max_output_tokens_per_s.
// Not written: the arrays of --save-detailed.
#pragma once

#include <string>

#include "sim/spec/result.hpp"

namespace kvsim::report {

/// One run as one JSON object on one line, as vLLM writes it; several runs make JSON lines.
[[nodiscard]] std::string vllm_json(const spec::RunResult& run);

}  // namespace kvsim::report
