// What to call a run in a table: its variant, and the settings that a sweep varies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::report {

/// One per run, all different: "MLA, 4/s" for a sweep of the request rate over variants, "4/s" for
/// one over a single variant, "MLA, block_size=32" for others. Falls back to the ids.
[[nodiscard]] std::vector<std::string> run_labels(const std::vector<spec::RunResult>& runs);

/// Names of the variants in their order.
[[nodiscard]] std::vector<std::string> variant_names(const std::vector<spec::RunResult>& runs);

/// How hard the run is loaded: requests per second, or clients in a closed loop.
struct Load {
  double value = 0;
  bool clients = false;
  bool conversations = false;  ///< per second; else requests
};
/// None for traces at their own pace and when all requests arrive at once.
[[nodiscard]] std::optional<Load> load_of(const spec::RunSpec& run);
/// "requests/s", "clients"; of one: "request/s"
[[nodiscard]] std::string load_unit(const Load& load, bool one = false);
/// "4 requests/s", "64 clients", "1 client"
[[nodiscard]] std::string load_text(const Load& load);

/// "8 × h200-sxm", "16 × h200-sxm (2 replicas of 8)"
[[nodiscard]] std::string gpus_text(const spec::RunSpec& run);

/// "a", "a and b", "a, b and c"
[[nodiscard]] std::string join_words(const std::vector<std::string>& words);

}  // namespace kvsim::report
