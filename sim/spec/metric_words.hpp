// What kvsim's metrics mean, and what other tools call them: plain data for `kvsim explain metric`,
// the reference pages and reports.
//
// Sources of the other tools' words: vllm/benchmarks/serve.py, sglang bench_serving.py, AIPerf's
// metric classes, GuideLLM's schemas, MLPerf LoadGen.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace kvsim::spec {

struct MetricAlias {
  std::string_view tool;
  std::string_view words;  ///< its name there, and how its meaning differs
};

struct MetricWord {
  std::string_view name;  ///< vLLM's where vLLM has one
  std::string_view unit;
  std::string_view definition;
  std::string_view formula;
  std::string_view place;  ///< in result.json, below runs[]
  std::vector<MetricAlias> aliases{};
};

/// In the order in which reports speak of them.
[[nodiscard]] std::span<const MetricWord> metric_words();

}  // namespace kvsim::spec
