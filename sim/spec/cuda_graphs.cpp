#include "sim/spec/cuda_graphs.hpp"

#include <algorithm>

namespace kvsim::spec {
namespace {

constexpr std::int64_t kLargestByDefault = 512;  // vLLM config/vllm.py, _set_cudagraph_sizes

std::int64_t next_size(std::int64_t size) {
  if (size < 4) {
    return 2 * size;
  }
  return size < 8 ? 8 : (size < 256 ? size + 8 : size + 16);
}

std::vector<std::int64_t> sizes_up_to(std::int64_t most) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1; size <= most; size = next_size(size)) {
    sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

std::vector<std::int64_t> capture_sizes(const EngineSpec& engine) {
  if (engine.enforce_eager) {
    return {};
  }
  const std::int64_t tokens = engine.max_num_batched_tokens.value();
  if (engine.cudagraph_capture_sizes.empty()) {
    const std::int64_t most = engine.max_cudagraph_capture_size.value_or(
        std::min(2 * engine.max_num_seqs.value(), kLargestByDefault));
    return sizes_up_to(std::min(most, tokens));
  }
  std::vector<std::int64_t> sizes = engine.cudagraph_capture_sizes;
  std::sort(sizes.begin(), sizes.end());
  std::erase_if(sizes, [&](std::int64_t size) { return size > tokens; });
  return sizes;
}

BatchPadding::BatchPadding(const EngineSpec& engine) {
  std::int64_t tokens = 0;
  for (const std::int64_t size : capture_sizes(engine)) {
    for (; tokens <= size; ++tokens) {
      rows_.push_back(tokens == 0 ? 0 : size);
    }
  }
}

}  // namespace kvsim::spec
