#include "sim/spec/vllm_log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::spec {
namespace {

std::string with_commas(std::int64_t value) {
  std::string digits = fmt::format("{}", value);
  for (auto place = static_cast<std::int64_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<std::size_t>(place), ",");
  }
  return digits;
}

}  // namespace

std::array<std::string, 2> vllm_log_lines(const HbmBudget& budget) {
  const double concurrency =
      static_cast<double>(budget.num_gpu_blocks) /
      static_cast<double>(std::max<std::int64_t>(1, budget.blocks_per_sequence));
  const auto tokens =
      static_cast<std::int64_t>(concurrency * static_cast<double>(budget.max_model_len));
  return {fmt::format("GPU KV cache size: {} tokens", with_commas(tokens)),
          fmt::format("Maximum concurrency for {} tokens per request: {:.2f}x",
                      with_commas(budget.max_model_len), concurrency)};
}

}  // namespace kvsim::spec
