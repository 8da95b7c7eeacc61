#include "sim/spec/engine.hpp"

#include <algorithm>

#include "sim/spec/cuda_graphs.hpp"

namespace kvsim::spec {
namespace {

using literals::operator""_GiB;

constexpr double kMostCaptured = 65'536;  // a table of that size is kept per replica

FieldInfo positive(std::string_view key, std::string_view help) {
  return at_least(optional(key, help), 1);
}

void describe_parallelism(FieldVisitor& visitor, EngineSpec& engine) {
  visitor.field(positive("tensor_parallel_size", "GPUs that share each layer"),
                engine.tensor_parallel_size);
  visitor.field(positive("pipeline_parallel_size", "stages of layers, one after the other"),
                engine.pipeline_parallel_size);
  visitor.field(positive("data_parallel_size", "ranks with sequences of their own"),
                engine.data_parallel_size);
  visitor.field(positive("decode_context_parallel_size", "ranks that share one context"),
                engine.decode_context_parallel_size);
  visitor.field(optional("enable_expert_parallel", "whole experts per GPU, not slices"),
                engine.enable_expert_parallel);
}

void describe_cuda_graphs(FieldVisitor& visitor, EngineSpec& engine) {
  visitor.field(optional("enforce_eager", "no CUDA graphs, hence no padding"),
                engine.enforce_eager);
  visitor.optional_field(
      at_most(positive("max_cudagraph_capture_size",
                       "largest batch with a CUDA graph, in tokens; absent: 2 x max_num_seqs, at "
                       "most 512"),
              kMostCaptured),
      engine.max_cudagraph_capture_size);
  visitor.field(at_most(positive("cudagraph_capture_sizes",
                                 "batches with a CUDA graph, in tokens; absent: 1, 2, 4, 8 to 248 "
                                 "by 8, from 256 by 16"),
                        kMostCaptured),
                engine.cudagraph_capture_sizes);
  const std::vector<std::int64_t>& sizes = engine.cudagraph_capture_sizes;
  visitor.rule(
      sizes.empty() || !engine.max_cudagraph_capture_size ||
          *std::max_element(sizes.begin(), sizes.end()) == *engine.max_cudagraph_capture_size,
      "max_cudagraph_capture_size", "is not the largest of cudagraph_capture_sizes",
      "drop one of the two");
}

void describe_scheduler(FieldVisitor& visitor, EngineSpec& engine) {
  visitor.optional_field(
      positive("max_model_len",
               "longest prompt plus output, in tokens; absent: what the model and the cache allow"),
      engine.max_model_len);
  visitor.optional_field(positive("max_num_seqs", "sequences that may run at once"),
                         engine.max_num_seqs);
  visitor.optional_field(positive("max_num_batched_tokens", "tokens that one step may compute"),
                         engine.max_num_batched_tokens);
  visitor.field(optional("enable_chunked_prefill", "prompts may be computed in pieces"),
                engine.enable_chunked_prefill);
  visitor.field(optional("enable_mixed_chunk",
                         "prompts run beside decoding; false: alone and first (SGLang's default)"),
                engine.enable_mixed_chunk);
  visitor.field(optional("enable_prefix_caching", "keep blocks of finished requests for reuse"),
                engine.enable_prefix_caching);
  visitor.field(optional("evict_unhashed_blocks_first",
                         "overwrite blocks that cannot be found before those that can (vLLM since "
                         "0.24)"),
                engine.evict_unhashed_blocks_first);
  visitor.field(at_least(optional("long_prefill_token_threshold",
                                  "longest piece of one prompt per step; 0: no limit"),
                         0),
                engine.long_prefill_token_threshold);
  visitor.field(positive("max_num_partial_prefills", "vLLM V1 knows no other value than 1"),
                engine.max_num_partial_prefills);
  visitor.field(positive("max_long_partial_prefills", "vLLM V1 knows no other value than 1"),
                engine.max_long_partial_prefills);
  visitor.field(optional("scheduler_reserve_full_isl",
                         "admit a request only if all of its tokens fit, not just the first chunk"),
                engine.scheduler_reserve_full_isl);
  visitor.field(
      at_least(optional("watermark", "share of the KV blocks that admissions leave free, below 1"),
               0),
      engine.watermark);
  visitor.rule(engine.watermark < 1, "watermark", "leaves no block to admit anybody",
               "choose a share below 1, for example 0.05");
  visitor.choice_of(optional("scheduling_policy", "who goes first"), kSchedulingPolicyNames,
                    engine.scheduling_policy);
  visitor.field(optional("async_scheduling", "the host prepares a step while the GPU runs one"),
                engine.async_scheduling);
  describe_cuda_graphs(visitor, engine);
}

void describe_memory(FieldVisitor& visitor, EngineSpec& engine) {
  visitor.field(positive("block_size", "tokens of one KV block"), engine.block_size);
  visitor.field(
      at_most(above(optional("gpu_memory_utilization", "share of HBM the engine takes"), 0), 1),
      engine.gpu_memory_utilization);
  visitor.choice_of(optional("kv_cache_dtype", "format of the KV cache"), kKvDtypeNames,
                    engine.kv_cache_dtype);
  visitor.optional_field(
      positive("num_gpu_blocks_override", "this many KV blocks, measured or not"),
      engine.num_gpu_blocks_override);
  visitor.field(optional("disable_hybrid_kv_cache_manager",
                         "keep blocks that lie out of sliding windows and chunks"),
                engine.disable_hybrid_kv_cache_manager);
  visitor.field(at_least(optional("cuda_graph_memory",
                                  "memory of captured CUDA graphs, per GPU; 0 with enforce_eager"),
                         0),
                engine.cuda_graph_memory);
  visitor.field(
      at_least(optional("non_torch_memory", "memory outside the tensor allocator, per GPU"), 0),
      engine.non_torch_memory);
}

}  // namespace

void resolve(EngineSpec& engine, const GpuSpec& gpu) {
  const bool is_a100 = gpu.name.starts_with("a100");
  const bool large = gpu.hbm.visible >= 70_GiB && !is_a100;
  engine.max_num_seqs = engine.max_num_seqs.value_or(large ? 1024 : 256);
  engine.max_num_batched_tokens = engine.max_num_batched_tokens.value_or(large ? 8192 : 2048);
  const std::vector<std::int64_t> sizes = capture_sizes(engine);
  if (!sizes.empty()) {
    engine.max_cudagraph_capture_size = sizes.back();
  }
  if (!engine.cudagraph_capture_sizes.empty()) {
    engine.cudagraph_capture_sizes = sizes;
  }
}

void describe(FieldVisitor& visitor, EngineSpec& engine) {
  visitor.field(required("profile", "engine and version whose defaults and rules apply"),
                engine.profile);
  visitor.field(optional("stack", "framework version whose kernels are priced"), engine.stack);
  describe_parallelism(visitor, engine);
  describe_scheduler(visitor, engine);
  describe_memory(visitor, engine);
}

}  // namespace kvsim::spec
