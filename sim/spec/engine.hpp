// How one replica is served: the words of vLLM's engine arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/dtype.hpp"
#include "sim/spec/gpu.hpp"

namespace kvsim::spec {

enum class SchedulingPolicy { Fcfs, Priority };
inline constexpr std::array<std::string_view, 2> kSchedulingPolicyNames = {"fcfs", "priority"};

struct EngineSpec {
  std::string profile;  ///< file of defaults in configs/engines, e.g. vllm-0.24
  std::string stack;    ///< whose kernels run: chooses among cards, e.g. vllm-0.24.0
  std::int64_t tensor_parallel_size = 1;
  std::int64_t pipeline_parallel_size = 1;
  std::int64_t data_parallel_size = 1;
  std::int64_t decode_context_parallel_size = 1;
  bool enable_expert_parallel = false;
  std::optional<std::int64_t> max_model_len;           ///< absent: the model's limit, or what fits
  std::optional<std::int64_t> max_num_seqs;            ///< absent: by GPU size, see resolve()
  std::optional<std::int64_t> max_num_batched_tokens;  ///< absent: by GPU size, see resolve()
  std::int64_t block_size = 16;
  double gpu_memory_utilization = 0.92;
  KvDtype kv_cache_dtype = KvDtype::Auto;
  std::optional<std::int64_t> num_gpu_blocks_override;
  bool disable_hybrid_kv_cache_manager = false;  ///< keep what windows and chunks no longer need
  bool enable_chunked_prefill = true;
  bool enable_mixed_chunk = true;  ///< prompts beside decoding; false: alone and first, as SGLang
  bool enable_prefix_caching = false;
  bool evict_unhashed_blocks_first = true;
  bool async_scheduling = true;
  bool enforce_eager = false;
  std::optional<std::int64_t> max_cudagraph_capture_size;  ///< absent: 2 · max_num_seqs, max. 512
  std::vector<std::int64_t> cudagraph_capture_sizes;       ///< empty: vLLM's, see cuda_graphs.hpp
  std::int64_t long_prefill_token_threshold = 0;           ///< 0: no limit on one prompt's chunk
  std::int64_t max_num_partial_prefills = 1;  ///< vLLM V1 starts with 1 only, as does the next
  std::int64_t max_long_partial_prefills = 1;
  bool scheduler_reserve_full_isl = true;  ///< admit who fits as a whole, not its first chunk
  double watermark = 0;                    ///< share of the blocks that admissions leave free
  SchedulingPolicy scheduling_policy = SchedulingPolicy::Fcfs;
  Bytes cuda_graph_memory;  ///< that captured graphs take, per GPU; none under enforce_eager
  Bytes non_torch_memory;   ///< CUDA context, NCCL and other memory outside the allocator, per GPU
};

/// Fills what depends on the GPU, by vLLM's rule (arg_utils.get_batch_defaults for the API server):
/// 1024 sequences and 8192 tokens from 70 GiB on unless the GPU is an A100, else 256 and 2048; and
/// the largest batch with a CUDA graph, which depends on both.
void resolve(EngineSpec& engine, const GpuSpec& gpu);

void describe(FieldVisitor& visitor, EngineSpec& engine);

}  // namespace kvsim::spec
