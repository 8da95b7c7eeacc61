// embedding → layers, class by class → norm → lm_head → sampling
//
// with each layer: norms and rotary embedding → mixer → all-reduce → FFN → all-reduce.
// Layers that look alike are one block of operators with `calls` = their number.
// Not modelled: overlap of kernels, multi-token prediction.
#include "sim/model/step.hpp"

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/model/gemm.hpp"
#include "sim/model/mixer.hpp"

namespace kvsim::model {
namespace {

using Node = StepBuilder::Node;

struct Context {
  StepBuilder& builder;
  const spec::ModelSpec& model;
  const Parallel& parallel;
  spec::KvDtype kv;
};

// A collective's message is counted per row; it goes over links, not through HBM.
Operator collective(OperatorKind kind, const std::string& name, std::int64_t bytes_per_row,
                    RowsOf rows, std::int64_t calls, const Parallel& parallel) {
  Operator op;
  op.name = name;
  op.kind = kind;
  op.rows = rows;
  op.calls = calls;
  op.bytes_per_row = bytes_per_row;
  op.ranks = parallel.tensor;
  return op;
}

Operator element_wise(const std::string& name, std::int64_t bytes_per_row, RowsOf rows,
                      std::int64_t calls) {
  Operator op;
  op.name = name;
  op.kind = OperatorKind::ElementWise;
  op.rows = rows;
  op.calls = calls;
  op.bytes_per_row = bytes_per_row;
  return op;
}

Node add_all_reduce(const Context& context, const std::string& name, std::int64_t bytes_per_row,
                    RowsOf rows, std::int64_t calls, const std::vector<Node>& after) {
  return context.builder.add(
      collective(OperatorKind::AllReduce, name, bytes_per_row, rows, calls, context.parallel),
      after);
}

// Two norms with residual (two reads and a write each), the FFN's activation (two reads and a
// write), rotary embedding and KV write: small kernels that PHYSICS 2.4 prices as one per layer.
Operator layer_glue(const Context& context, const LayerClass& layers, const Mixer* mixer,
                    std::int64_t ffn_width, const std::string& prefix) {
  const std::int64_t norms = 2 * 3 * 2 * context.model.hidden_size;
  const std::int64_t activation = 3 * 2 * ffn_width;
  std::int64_t kv_write = 0;
  if (mixer != nullptr && layers.owns_kv) {
    for (const CacheGroup& group : mixer->caches(context.kv, context.parallel)) {
      kv_write += group.bytes_per_token_per_gpu;
    }
  }
  return element_wise(prefix + "norms_rope_kv_write", norms + activation + kv_write,
                      RowsOf::StepTokens, layers.count);
}

Node add_ffn(const Context& context, const std::vector<Matrix>& matrices, std::int64_t layers,
             const std::string& prefix, Node input) {
  const Node up =
      context.builder.add(gemm(prefix, matrices[0], RowsOf::StepTokens, layers), {input});
  return context.builder.add(gemm(prefix, matrices[1], RowsOf::StepTokens, layers), {up});
}

Operator routed_experts(const Context& context, std::int64_t layers, const std::string& prefix) {
  const spec::MoeSpec& moe = *context.model.moe;
  const std::int64_t ranks = context.parallel.expert_ranks();
  const bool whole = context.parallel.expert;
  const std::vector<Matrix> expert = expert_matrices(context.model, context.parallel);
  Operator op;
  op.name = prefix + "experts";
  op.kind = OperatorKind::Moe;
  op.rows = RowsOf::StepTokens;
  op.dtype = expert[0].dtype;
  op.calls = layers;
  op.experts = ExpertTraffic{
      whole ? moe.n_routed_experts / ranks : moe.n_routed_experts, moe.n_routed_experts,
      moe.num_experts_per_tok, bytes(expert[0]) + bytes(expert[1]),
      inclusion_chances(moe.n_routed_experts, moe.num_experts_per_tok, moe.routing_skew)};
  const double used =
      static_cast<double>(moe.num_experts_per_tok) / (whole ? static_cast<double>(ranks) : 1.0);
  op.flops_per_row = used * 2.0 * static_cast<double>(elements(expert[0]) + elements(expert[1]));
  op.bytes_per_row = 2 * 2 * context.model.hidden_size;
  op.shape.n = expert[1].k;
  op.shape.k = context.model.hidden_size;
  return op;
}

Node add_moe(const Context& context, std::int64_t layers, const std::string& prefix, Node input) {
  const spec::MoeSpec& moe = *context.model.moe;
  const Matrix gate{"gate", moe.n_routed_experts, context.model.hidden_size, 1,
                    context.model.dtype};
  const Node routed = context.builder.add(gemm(prefix, gate, RowsOf::StepTokens, layers), {input});
  const Node experts = context.builder.add(routed_experts(context, layers, prefix), {routed});
  if (spec::shared_expert_width(moe) == 0) {
    return experts;
  }
  const std::vector<Matrix> shared =
      ffn_matrices(context.model, spec::shared_expert_width(moe), context.parallel.tensor);
  const Node alongside = add_ffn(context, shared, layers, prefix + "shared_experts.", input);
  return context.builder.add(
      element_wise(prefix + "add_shared_experts", 3 * 2 * context.model.hidden_size,
                   RowsOf::StepTokens, layers),
      {experts, alongside});
}

std::int64_t ffn_width_per_token(const spec::ModelSpec& model, spec::MlpType mlp, std::int64_t tp) {
  switch (mlp) {
    case spec::MlpType::Dense:
      return model.intermediate_size / tp;
    case spec::MlpType::Sparse:
      return (model.moe->num_experts_per_tok * model.moe->moe_intermediate_size +
              spec::shared_expert_width(*model.moe)) /
             tp;
    case spec::MlpType::None:
      break;
  }
  return 0;
}

// What tells a class of layers from the others: "sliding.moe_layers.".
std::string prefix_of(const spec::ModelSpec& model, const LayerClass& layers) {
  const std::vector<LayerClass> all = layer_classes(model);
  const auto differs = [&](const auto& member) {
    return std::any_of(all.begin(), all.end(),
                       [&](const LayerClass& each) { return each.*member != layers.*member; });
  };
  std::string prefix;
  if (differs(&LayerClass::type) && layers.type != spec::LayerType::None) {
    const std::string_view name = spec::name_of(layers.type, spec::kLayerTypeNames);
    prefix += std::string(name.substr(0, name.find('_'))) + ".";
  }
  if (differs(&LayerClass::owns_kv)) {
    prefix += layers.owns_kv ? "owning." : "sharing.";
  }
  if (differs(&LayerClass::mlp) && layers.mlp != spec::MlpType::None) {
    prefix += layers.mlp == spec::MlpType::Sparse ? "moe_layers." : "dense_layers.";
  }
  return prefix;
}

// After each part that is cut over the GPUs.
Node add_layer_all_reduce(const Context& context, const std::string& name, std::int64_t layers,
                          Node after) {
  if (context.parallel.tensor == 1) {
    return after;
  }
  return add_all_reduce(context, name, 2 * context.model.hidden_size, RowsOf::StepTokens, layers,
                        {after});
}

// Gemma 3n: a gate and a projection of each layer's own embedding of the token.
Node add_per_layer_input(const Context& context, std::int64_t layers, const std::string& prefix,
                         Node last) {
  for (const Matrix& matrix : per_layer_input_matrices(context.model)) {
    last = context.builder.add(gemm(prefix, matrix, RowsOf::StepTokens, layers), {last});
  }
  return last;
}

Node add_layers(const Context& context, const LayerClass& layers, Node input) {
  const std::string prefix = prefix_of(context.model, layers);
  const std::int64_t tp = context.parallel.tensor;
  const auto mixer = make_mixer(context.model, layers);
  Node last =
      context.builder.add(layer_glue(context, layers, mixer.get(),
                                     ffn_width_per_token(context.model, layers.mlp, tp), prefix),
                          {input});
  if (mixer != nullptr) {
    last = mixer->add_operators(context.builder, context.parallel, context.kv, layers.count, prefix,
                                last);
    last = add_layer_all_reduce(context, prefix + "attention_all_reduce", layers.count, last);
  }
  if (layers.mlp == spec::MlpType::None) {
    return last;
  }
  last = layers.mlp == spec::MlpType::Sparse
             ? add_moe(context, layers.count, prefix, last)
             : add_ffn(context, ffn_matrices(context.model, context.model.intermediate_size, tp),
                       layers.count, prefix, last);
  last = add_layer_all_reduce(context, prefix + "ffn_all_reduce", layers.count, last);
  return add_per_layer_input(context, layers.count, prefix, last);
}

void add_head(const Context& context, Node input) {
  const spec::ModelSpec& model = context.model;
  const std::int64_t tp = context.parallel.tensor;
  const Matrix lm_head{"lm_head", (model.vocab_size + tp - 1) / tp, model.hidden_size, 1,
                       model.dtype};
  Node last = context.builder.add(gemm("", lm_head, RowsOf::SampledTokens, 1), {input});
  if (tp > 1) {
    // Every GPU gets all logits, in 16 bits (vLLM logits_processor.py, _gather_logits).
    last = context.builder.add(
        collective(OperatorKind::AllGather, "logits_all_gather", 2 * model.vocab_size,
                   RowsOf::SampledTokens, 1, context.parallel),
        {last});
  }
  // Softmax, top-k and draw each read the fp32 logits (PHYSICS 2.4: several times; taken as 3).
  Operator sampling = element_wise("sampling", 3 * 4 * model.vocab_size, RowsOf::SampledTokens, 1);
  sampling.kind = OperatorKind::Sampling;
  context.builder.add(sampling, {last});
}

void set_static_scales(StepGraph& graph, const spec::ModelSpec& model) {
  for (Operator& op : graph.operators) {
    op.static_scales = op.kind == OperatorKind::Gemm && op.dtype == spec::Dtype::Fp8 &&
                       model.activation_scheme == spec::ActivationScheme::Static;
  }
}

}  // namespace

StepGraph build_step(const spec::ModelSpec& model, const Parallel& parallel, spec::KvDtype kv) {
  KVSIM_CHECK(model.num_attention_heads % parallel.tensor == 0, "the model cannot be cut this way");
  KVSIM_CHECK(parallel.gpus() == parallel.tensor && parallel.context == 1,
              "only tensor and expert parallelism have a step");
  StepBuilder builder;
  const Context context{builder, model, parallel, kv};
  Operator embedding =
      element_wise("embed_tokens", 2 * 2 * model.hidden_size, RowsOf::StepTokens, 1);
  embedding.kind = OperatorKind::Embedding;
  Node last = builder.add(embedding, {});
  if (parallel.tensor > 1) {
    last = add_all_reduce(context, "embedding_all_reduce", 2 * model.hidden_size,
                          RowsOf::StepTokens, 1, {last});
  }
  for (const Matrix& matrix : per_layer_model_matrices(model)) {
    last = builder.add(gemm("", matrix, RowsOf::StepTokens, 1), {last});
  }
  for (const LayerClass& layers : layer_classes(model)) {
    last = add_layers(context, layers, last);
  }
  add_head(context, last);
  StepGraph graph = builder.finish();
  set_static_scales(graph, model);
  return graph;
}

}  // namespace kvsim::model
