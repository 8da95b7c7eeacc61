#include "sim/report/serve_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

using spec::EngineSpec;
using spec::KvDtype;
using spec::RunSpec;

constexpr std::string_view kPlaceholder = "MODEL";
constexpr std::int64_t kLargestGraph = 512;  // vllm/config/vllm.py: min(2 · max_num_seqs, 512)

class Writer {
 public:
  explicit Writer(std::string program) { command_.program = std::move(program); }

  void flag(std::string_view name) { command_.flags.emplace_back(name); }
  template <class T>
  void flag(std::string_view name, const T& value) {
    command_.flags.push_back(fmt::format("{} {}", name, value));
  }
  template <class T>
  void flag(std::string_view name, const std::optional<T>& value) {
    if (value) {
      flag(name, *value);
    }
  }
  void flag_if(bool wanted, std::string_view name) {
    if (wanted) {
      flag(name);
    }
  }
  template <class T>
  void flag_unless(const T& usual, std::string_view name, const T& value) {
    if (value != usual) {
      flag(name, value);
    }
  }
  void note(std::string sentence) { command_.notes.push_back(std::move(sentence)); }
  [[nodiscard]] ServeCommand take() { return std::move(command_); }

 private:
  ServeCommand command_;
};

// ---- which model ----------------------------------------------------------------------------

// "deepseek-ai/DeepSeek-V3" of "deepseek-ai/DeepSeek-V3 config.json (text_config)".
std::optional<std::string> hugging_face_name(const std::string& source) {
  const std::size_t end = source.find(" config.json");
  const std::string name = source.substr(0, end);
  const bool is_name = end != std::string::npos && std::count(name.begin(), name.end(), '/') == 1 &&
                       name.front() != '/' && name.find_first_of(" \\:") == std::string::npos;
  return is_name ? std::optional(name) : std::nullopt;
}

std::vector<std::string> changes_of_model(const RunSpec& run) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : run.overrides) {
    if (key.starts_with("model.") && std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(key);
    }
  }
  return keys;
}

struct Checkpoint {
  std::string name;
  std::string note;  ///< empty when the name says it all
};

Checkpoint checkpoint_of(const RunSpec& run) {
  const auto changes = changes_of_model(run);
  if (!changes.empty()) {
    return {std::string(kPlaceholder),
            fmt::format("{} stands for a checkpoint that has what the study changes in {}: {}.",
                        kPlaceholder, run.model.name, join_words(changes))};
  }
  const auto known = hugging_face_name(run.model.source);
  return known ? Checkpoint{*known, ""}
               : Checkpoint{std::string(kPlaceholder),
                            fmt::format("{} stands for the checkpoint of {}: its name on Hugging "
                                        "Face or a path.",
                                        kPlaceholder, run.model.name)};
}

// ---- vLLM -----------------------------------------------------------------------------------

// vllm/config/cache.py, CacheDType; 4-bit groups are not among them.
std::optional<std::string_view> vllm_cache_format(KvDtype kv) {
  switch (kv) {
    case KvDtype::Bf16:
      return "bfloat16";
    case KvDtype::Fp16:
      return "float16";
    case KvDtype::Auto:
    case KvDtype::Fp8:
    case KvDtype::Fp8PerTokenHead:
    case KvDtype::Int8PerTokenHead:
    case KvDtype::Nvfp4:
    case KvDtype::Fp8DsMla:
      return spec::name_of(kv, spec::kKvDtypeNames);
    case KvDtype::Int4Group32:
    case KvDtype::Int4Group64:
    case KvDtype::Int4Group128:
      break;
  }
  return std::nullopt;
}

void add_cache_format(Writer& writer, const std::optional<std::string_view>& name,
                      const EngineSpec& engine, std::string_view who) {
  if (!name) {
    writer.note(fmt::format("{} has no flag for a KV cache in {}.", who,
                            spec::name_of(engine.kv_cache_dtype, spec::kKvDtypeNames)));
  } else if (*name != "auto") {
    writer.flag("--kv-cache-dtype", *name);
  }
}

void add_parallelism_of_vllm(Writer& writer, const EngineSpec& engine) {
  writer.flag("--tensor-parallel-size", engine.tensor_parallel_size);
  writer.flag_unless<std::int64_t>(1, "--pipeline-parallel-size", engine.pipeline_parallel_size);
  writer.flag_unless<std::int64_t>(1, "--data-parallel-size", engine.data_parallel_size);
  writer.flag_unless<std::int64_t>(1, "--decode-context-parallel-size",
                                   engine.decode_context_parallel_size);
  writer.flag_if(engine.enable_expert_parallel, "--enable-expert-parallel");
}

void add_graphs_of_vllm(Writer& writer, const EngineSpec& engine) {
  writer.flag_if(engine.enforce_eager, "--enforce-eager");
  if (engine.enforce_eager) {
    return;
  }
  if (!engine.cudagraph_capture_sizes.empty()) {
    writer.flag("--cudagraph-capture-sizes",
                fmt::format("{}", fmt::join(engine.cudagraph_capture_sizes, " ")));
    return;
  }
  const std::int64_t usual = std::min(2 * engine.max_num_seqs.value_or(0), kLargestGraph);
  writer.flag_unless(usual, "--max-cudagraph-capture-size",
                     engine.max_cudagraph_capture_size.value_or(usual));
}

// What versions before 0.24 may not have.
void add_new_of_vllm(Writer& writer, const EngineSpec& engine) {
  writer.flag_if(!engine.async_scheduling, "--no-async-scheduling");
  writer.flag_if(!engine.scheduler_reserve_full_isl, "--no-scheduler-reserve-full-isl");
  writer.flag_unless(0.0, "--watermark", engine.watermark);
  add_graphs_of_vllm(writer, engine);
}

ServeCommand vllm_command(const RunSpec& run, const std::string& model) {
  const EngineSpec& engine = run.engine;
  const bool old = engine.profile.starts_with("vllm-0.10");
  Writer writer("vllm serve " + model);
  add_parallelism_of_vllm(writer, engine);
  writer.flag("--max-num-seqs", engine.max_num_seqs);
  writer.flag("--max-num-batched-tokens", engine.max_num_batched_tokens);
  writer.flag("--gpu-memory-utilization", engine.gpu_memory_utilization);
  if (engine.max_model_len || !old) {  // "auto" is new: decision 4
    writer.flag("--max-model-len",
                engine.max_model_len ? std::to_string(*engine.max_model_len) : "auto");
  }
  writer.flag_unless<std::int64_t>(16, "--block-size", engine.block_size);
  add_cache_format(writer, vllm_cache_format(engine.kv_cache_dtype), engine, "vLLM");
  writer.flag("--num-gpu-blocks-override", engine.num_gpu_blocks_override);
  writer.flag_if(engine.disable_hybrid_kv_cache_manager, "--disable-hybrid-kv-cache-manager");
  writer.flag_if(!engine.enable_prefix_caching, "--no-enable-prefix-caching");
  writer.flag_if(!engine.enable_chunked_prefill, "--no-enable-chunked-prefill");
  writer.flag_unless<std::int64_t>(0, "--long-prefill-token-threshold",
                                   engine.long_prefill_token_threshold);
  writer.flag_if(engine.scheduling_policy == spec::SchedulingPolicy::Priority,
                 "--scheduling-policy priority");
  if (old) {
    writer.flag_if(engine.async_scheduling, "--async-scheduling");
    writer.flag_if(engine.enforce_eager, "--enforce-eager");
  } else {
    add_new_of_vllm(writer, engine);
  }
  return writer.take();
}

// ---- SGLang ---------------------------------------------------------------------------------

std::optional<std::string_view> sglang_cache_format(KvDtype kv) {
  switch (kv) {
    case KvDtype::Auto:
      return "auto";
    case KvDtype::Bf16:
      return "bf16";
    case KvDtype::Fp8:
      return "fp8_e4m3";
    default:
      return std::nullopt;
  }
}

ServeCommand sglang_command(const RunSpec& run, const std::string& model) {
  const EngineSpec& engine = run.engine;
  Writer writer("python -m sglang.launch_server --model-path " + model);
  writer.flag("--tp", engine.tensor_parallel_size);
  if (engine.enable_expert_parallel) {
    writer.flag("--ep-size", engine.tensor_parallel_size);
  }
  writer.flag("--max-running-requests", engine.max_num_seqs);
  writer.flag("--chunked-prefill-size",
              engine.enable_chunked_prefill ? engine.max_num_batched_tokens.value_or(-1) : -1);
  writer.flag("--mem-fraction-static", engine.gpu_memory_utilization);
  writer.flag("--context-length", engine.max_model_len);
  writer.flag_unless<std::int64_t>(1, "--page-size", engine.block_size);
  add_cache_format(writer, sglang_cache_format(engine.kv_cache_dtype), engine, "SGLang");
  writer.flag_if(!engine.enable_prefix_caching, "--disable-radix-cache");
  writer.flag_if(!engine.async_scheduling, "--disable-overlap-schedule");
  writer.flag_if(engine.enable_mixed_chunk, "--enable-mixed-chunk");
  writer.flag_if(engine.enforce_eager, "--disable-cuda-graph");
  writer.note(
      "--mem-fraction-static leaves out activations, where the simulated share of the memory holds "
      "them: SGLang may keep a little more or less KV cache.");
  return writer.take();
}

// ---- TensorRT-LLM ---------------------------------------------------------------------------

// What trtllm-serve has no flag for goes into a file of llm_args.
void add_llm_args(Writer& writer, const EngineSpec& engine) {
  std::vector<std::string> cache = {
      fmt::format("enable_block_reuse: {}", engine.enable_prefix_caching),
      fmt::format("tokens_per_block: {}", engine.block_size)};
  if (engine.kv_cache_dtype == KvDtype::Fp8 || engine.kv_cache_dtype == KvDtype::Nvfp4) {
    cache.push_back(
        fmt::format("dtype: {}", spec::name_of(engine.kv_cache_dtype, spec::kKvDtypeNames)));
  }
  writer.flag("--extra_llm_api_options", "extra.yaml");
  writer.note(
      fmt::format("extra.yaml holds: {{enable_chunked_prefill: {}, "
                  "disable_overlap_scheduler: {}, kv_cache_config: {{{}}}}}.",
                  engine.enable_chunked_prefill, !engine.async_scheduling, fmt::join(cache, ", ")));
}

ServeCommand trtllm_command(const RunSpec& run, const std::string& model) {
  const EngineSpec& engine = run.engine;
  Writer writer("trtllm-serve " + model);
  writer.flag("--backend", "pytorch");
  writer.flag("--tp_size", engine.tensor_parallel_size);
  if (engine.enable_expert_parallel) {
    writer.flag("--ep_size", engine.tensor_parallel_size);
  }
  writer.flag("--max_batch_size", engine.max_num_seqs);
  writer.flag("--max_num_tokens", engine.max_num_batched_tokens);
  writer.flag("--max_seq_len", engine.max_model_len);
  writer.flag("--kv_cache_free_gpu_memory_fraction", engine.gpu_memory_utilization);
  add_llm_args(writer, engine);
  writer.note(
      "--kv_cache_free_gpu_memory_fraction is of what is free beside the weights, where the "
      "simulated share is of all memory: TensorRT-LLM keeps less KV cache.");
  return writer.take();
}

// ---- all ------------------------------------------------------------------------------------

std::string replicas_note(const RunSpec& run) {
  const std::int64_t replicas = run.cluster.replicas;
  const std::int64_t gpus = run.engine.tensor_parallel_size;
  return replicas == 1 ? std::string()
                       : fmt::format(
                             "{} replicas are {} such servers, each on {} of its own, behind a "
                             "router that chooses by {}.",
                             replicas, replicas,
                             gpus == 1 ? std::string("one GPU") : fmt::format("{} GPUs", gpus),
                             spec::name_of(run.cluster.router, spec::kRouterNames));
}

std::string weights_note(const RunSpec& run) {
  return run.model.weight_dtype == run.model.dtype
             ? std::string()
             : fmt::format("The weights are taken to be {} in the checkpoint.",
                           spec::name_of(run.model.weight_dtype, spec::kDtypeNames));
}

ServeCommand command_of(const RunSpec& run, const std::string& model) {
  if (run.engine.profile.starts_with("sglang")) {
    return sglang_command(run, model);
  }
  return run.engine.profile.starts_with("trtllm") ? trtllm_command(run, model)
                                                  : vllm_command(run, model);
}

}  // namespace

std::string ServeCommand::line() const {
  return fmt::format("{} {}", program, fmt::join(flags, " "));
}

std::string ServeCommand::lines() const {
  return fmt::format("{} \\\n    {}", program, fmt::join(flags, " \\\n    "));
}

ServeCommand serve_command(const RunSpec& run) {
  const Checkpoint checkpoint = checkpoint_of(run);
  ServeCommand command = command_of(run, checkpoint.name);
  for (const std::string& note : {checkpoint.note, weights_note(run), replicas_note(run)}) {
    if (!note.empty()) {
      command.notes.push_back(note);
    }
  }
  return command;
}

}  // namespace kvsim::report
