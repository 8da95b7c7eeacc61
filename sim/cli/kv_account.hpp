// What is said about the KV cache of one run at one context.
//
//   stored    bytes of the tokens that the layers keep, one copy of the model
//   reserved  blocks of vLLM's KV groups that hold them, on one GPU
//   read      by one GPU in the decode step whose sequence then has that context
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/memory/page_plan.hpp"
#include "sim/model/parallel.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

struct KvAccount {
  spec::KvDtype kv = spec::KvDtype::Bf16;
  model::Parallel parallel;
  std::int64_t context = 0;
  std::vector<std::string> derivation;
  std::int64_t per_token = 0;
  std::int64_t constant = 0;  ///< per sequence: full windows and states
  std::int64_t per_token_per_gpu = 0;
  std::int64_t stored = 0;
  double replication = 1;            ///< bytes on all GPUs of one copy over those of one copy
  std::vector<std::string> reasons;  ///< why a GPU holds what it holds
  memory::PagePlan plan;
  std::int64_t blocks = 0;
  std::int64_t most_blocks = 0;      ///< while prefilling up to this context
  double empty_tokens = 0;           ///< of the last block, the mean over groups
  double empty_share = 0;            ///< of what is reserved
  std::optional<std::int64_t> read;  ///< absent with pp, dp or dcp: no step of those is modelled
};

/// Requires: context > 0; the run is resolved.
[[nodiscard]] KvAccount account_of(const spec::RunSpec& run, std::int64_t context);

}  // namespace kvsim::cli
