#include "sim/spec/contradictions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::spec {
namespace {

constexpr std::string_view kTensorParallel = "engine.tensor_parallel_size";
constexpr std::string_view kExpertParallel = "engine.enable_expert_parallel";
constexpr std::string_view kContextParallel = "engine.decode_context_parallel_size";
constexpr std::string_view kKvDtype = "engine.kv_cache_dtype";
constexpr std::string_view kBatchedTokens = "engine.max_num_batched_tokens";

class Rules {
 public:
  Rules(const ModelSpec& model, const EngineSpec& engine) : model_(model), engine_(engine) {}

  // vLLM config/model.py, verify_with_parallel_config.
  void heads_divide() {
    require(model_.num_attention_heads % tp() == 0, {kTensorParallel},
            fmt::format("{} attention heads cannot be shared by {} GPUs",
                        model_.num_attention_heads, tp()),
            "choose a tensor_parallel_size that divides num_attention_heads");
  }
  // vLLM models/llama.py: KV heads are either split or copied, never both.
  void kv_heads_divide() {
    for (const LayerType type : {LayerType::Full, LayerType::Sliding}) {
      const std::int64_t heads = kv_heads(model_, type);
      if (type == LayerType::Sliding && heads == kv_heads(model_)) {
        continue;
      }
      require(heads % tp() == 0 || tp() % heads == 0, {kTensorParallel},
              fmt::format("{} KV heads can neither be split nor copied evenly over {} GPUs", heads,
                          tp()),
              "one of the two numbers must divide the other");
    }
  }
  // vLLM mamba_utils.py: states are cut by heads.
  void states_divide() {
    if (!model_.linear_attention) {
      return;
    }
    const LinearSpec& linear = *model_.linear_attention;
    const bool keys = linear.kind == LinearKind::GatedDeltaNet;
    require(linear.num_heads % tp() == 0 && (!keys || linear.num_key_heads % tp() == 0),
            {kTensorParallel},
            fmt::format("{} heads of linear attention cannot be shared by {} GPUs",
                        keys ? std::min(linear.num_heads, linear.num_key_heads) : linear.num_heads,
                        tp()),
            "choose a tensor_parallel_size that divides them");
  }
  // vLLM config/parallel.py and attention backends: ranks of one context are taken from the tensor
  // ranks, and are of use only where these would copy KV heads.
  void context_ranks_are_copies() {
    const std::int64_t dcp = engine_.decode_context_parallel_size;
    if (dcp == 1) {
      return;
    }
    const std::int64_t copies = std::max<std::int64_t>(1, tp() / kv_heads(model_));
    require(tp() % dcp == 0, {kContextParallel},
            fmt::format("{} context ranks do not divide {} tensor ranks", dcp, tp()),
            "choose a decode_context_parallel_size that divides tensor_parallel_size");
    require(dcp <= copies, {kContextParallel},
            fmt::format("{} context ranks, but tensor parallelism makes only {} {} of each KV head",
                        dcp, copies, copies == 1 ? "copy" : "copies"),
            "decode_context_parallel_size is at most tensor_parallel_size / KV heads");
    require(only_full_attention(), {kContextParallel},
            "context ranks cannot share sliding windows, chunks or states",
            "leave decode_context_parallel_size at 1 for this model");
  }
  void stages_have_layers() {
    require(engine_.pipeline_parallel_size <= model_.num_hidden_layers,
            {"engine.pipeline_parallel_size"},
            fmt::format("{} pipeline stages for {} layers", engine_.pipeline_parallel_size,
                        model_.num_hidden_layers),
            "every stage needs a layer");
  }
  // Layouts that no engine defines would be guesses.
  void cache_format_exists() {
    const KvDtype kv = resolve(engine_.kv_cache_dtype, model_);
    const bool mla = model_.attention.variant == AttentionVariant::Mla;
    const bool latent_format =
        kv == KvDtype::Bf16 || kv == KvDtype::Fp16 || kv == KvDtype::Fp8 || kv == KvDtype::Fp8DsMla;
    require(!mla || latent_format, {kKvDtype},
            fmt::format("no layout of MLA's latent is known in {}", name_of(kv, kKvDtypeNames)),
            "MLA caches bf16, fp16, fp8 or fp8_ds_mla");
    require(mla || kv != KvDtype::Fp8DsMla, {kKvDtype},
            fmt::format("fp8_ds_mla is a layout of MLA's latent, and {} has none", model_.name),
            "use fp8");
  }
  void states_need_the_hybrid_manager() {
    require(!engine_.disable_hybrid_kv_cache_manager || !model_.linear_attention,
            {"engine.disable_hybrid_kv_cache_manager"},
            fmt::format("{} keeps states, which only the hybrid KV cache manager can hold",
                        model_.name),
            "leave disable_hybrid_kv_cache_manager at false");
  }
  // vLLM layers/linear.py: a matrix is cut into equal slices.
  void widths_divide() {
    require(model_.intermediate_size % tp() == 0, {kTensorParallel},
            fmt::format("intermediate_size = {} cannot be cut into {} slices",
                        model_.intermediate_size, tp()),
            "choose a tensor_parallel_size that divides it");
    require(engine_.enable_expert_parallel || !model_.moe ||
                model_.moe->moe_intermediate_size % expert_ranks() == 0,
            {kTensorParallel},
            fmt::format("moe_intermediate_size = {} cannot be cut into {} slices",
                        model_.moe ? model_.moe->moe_intermediate_size : 0, expert_ranks()),
            "choose a tensor_parallel_size that divides it, or enable_expert_parallel: true");
  }
  void experts_are_dealt_out() {
    if (!engine_.enable_expert_parallel) {
      return;
    }
    require(model_.moe.has_value(), {kExpertParallel},
            fmt::format("{} has no experts to deal out", model_.name),
            "drop enable_expert_parallel: every FFN of this model is dense");
    require(!model_.moe || model_.moe->n_routed_experts % expert_ranks() == 0, {kTensorParallel},
            fmt::format("{} routed experts cannot be dealt out evenly to {} GPUs",
                        model_.moe ? model_.moe->n_routed_experts : 0, expert_ranks()),
            "choose a tensor_parallel_size that divides n_routed_experts");
  }
  // vLLM config/model.py, _get_and_verify_max_len.
  void context_fits() {
    require(longest() <= model_.max_position_embeddings, {"engine.max_model_len"},
            fmt::format("max_model_len = {} is more than the model was made for", longest()),
            fmt::format("max_position_embeddings of {} is {}", model_.name,
                        model_.max_position_embeddings));
  }
  // vLLM config/scheduler.py, verify_max_model_len: both of the following.
  void whole_prompts_fit_a_step() {
    const std::int64_t tokens = engine_.max_num_batched_tokens.value_or(longest());
    require(engine_.enable_chunked_prefill || tokens >= longest(),
            {kBatchedTokens, "engine.enable_chunked_prefill"},
            fmt::format("max_num_batched_tokens = {} is less than max_model_len = {}", tokens,
                        longest()),
            "without chunked prefill a whole prompt must fit into one step");
  }
  void each_sequence_has_a_token() {
    const std::int64_t sequences = engine_.max_num_seqs.value_or(1);
    const std::int64_t tokens = engine_.max_num_batched_tokens.value_or(sequences);
    require(tokens >= sequences, {kBatchedTokens, "engine.max_num_seqs"},
            fmt::format("max_num_batched_tokens = {} is less than max_num_seqs = {}", tokens,
                        sequences),
            "every running sequence needs one token per step");
  }

  std::vector<Contradiction> found;

 private:
  [[nodiscard]] std::int64_t tp() const { return engine_.tensor_parallel_size; }
  [[nodiscard]] std::int64_t expert_ranks() const { return tp() * engine_.data_parallel_size; }
  [[nodiscard]] bool only_full_attention() const {
    return std::all_of(model_.layer_types.begin(), model_.layer_types.end(),
                       [](LayerType type) { return type == LayerType::Full; }) &&
           !model_.attention.nsa;
  }
  [[nodiscard]] std::int64_t longest() const {
    return engine_.max_model_len.value_or(model_.max_position_embeddings);
  }
  void require(bool holds, std::vector<std::string_view> paths, std::string message,
               std::string way_out) {
    if (!holds) {
      found.push_back({std::move(paths), std::move(message), std::move(way_out)});
    }
  }

  const ModelSpec& model_;
  const EngineSpec& engine_;
};

}  // namespace

std::vector<Contradiction> contradictions(const ModelSpec& model, const EngineSpec& engine) {
  Rules rules(model, engine);
  rules.heads_divide();
  rules.kv_heads_divide();
  rules.states_divide();
  rules.widths_divide();
  rules.experts_are_dealt_out();
  rules.context_ranks_are_copies();
  rules.stages_have_layers();
  rules.cache_format_exists();
  rules.states_need_the_hybrid_manager();
  rules.context_fits();
  rules.whole_prompts_fit_a_step();
  rules.each_sequence_has_a_token();
  return std::move(rules.found);
}

}  // namespace kvsim::spec
