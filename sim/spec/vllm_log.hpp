// What vLLM logs about its KV cache at its start, to hold against a real server.
#pragma once

#include <array>
#include <string>

#include "sim/spec/result.hpp"

namespace kvsim::spec {

/// "GPU KV cache size: 458,576 tokens" and "Maximum concurrency for 8,192 tokens per request:
/// 55.98x" (vLLM v1/core/kv_cache_utils.py). Its count takes block 0 in, which is never handed out.
[[nodiscard]] std::array<std::string, 2> vllm_log_lines(const HbmBudget& budget);

}  // namespace kvsim::spec
