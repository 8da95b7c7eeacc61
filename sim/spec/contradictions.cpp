#include "sim/spec/contradictions.hpp"

#include <fmt/format.h>

namespace kvsim::spec {
namespace {

constexpr std::string_view kTensorParallel = "engine.tensor_parallel_size";
constexpr std::string_view kExpertParallel = "engine.enable_expert_parallel";
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
    const std::int64_t heads = kv_heads(model_);
    require(
        heads % tp() == 0 || tp() % heads == 0, {kTensorParallel},
        fmt::format("{} KV heads can neither be split nor copied evenly over {} GPUs", heads, tp()),
        "one of the two numbers must divide the other");
  }
  // vLLM layers/linear.py: a matrix is cut into equal slices.
  void widths_divide() {
    require(model_.intermediate_size % tp() == 0, {kTensorParallel},
            fmt::format("intermediate_size = {} cannot be cut into {} slices",
                        model_.intermediate_size, tp()),
            "choose a tensor_parallel_size that divides it");
    require(engine_.enable_expert_parallel || !model_.moe ||
                model_.moe->moe_intermediate_size % tp() == 0,
            {kTensorParallel},
            fmt::format("moe_intermediate_size = {} cannot be cut into {} slices",
                        model_.moe ? model_.moe->moe_intermediate_size : 0, tp()),
            "choose a tensor_parallel_size that divides it, or enable_expert_parallel: true");
  }
  void experts_are_dealt_out() {
    if (!engine_.enable_expert_parallel) {
      return;
    }
    require(model_.moe.has_value(), {kExpertParallel},
            fmt::format("{} has no experts to deal out", model_.name),
            "drop enable_expert_parallel: every FFN of this model is dense");
    require(!model_.moe || model_.moe->n_routed_experts % tp() == 0, {kTensorParallel},
            fmt::format("{} routed experts cannot be dealt out evenly to {} GPUs",
                        model_.moe ? model_.moe->n_routed_experts : 0, tp()),
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
  rules.widths_divide();
  rules.experts_are_dealt_out();
  rules.context_fits();
  rules.whole_prompts_fit_a_step();
  rules.each_sequence_has_a_token();
  return std::move(rules.found);
}

}  // namespace kvsim::spec
