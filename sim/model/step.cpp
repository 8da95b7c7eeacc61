// embedding → dense layers → MoE layers → norm → lm_head → sampling
//
// with each layer: norms and rotary embedding → attention → all-reduce → FFN → all-reduce.
// Layers that look alike are one block of operators with `calls` = their number.
// Not modelled: overlap of kernels, multi-token prediction, imbalance of experts between GPUs.
#include "sim/model/step.hpp"

#include "sim/base/check.hpp"
#include "sim/model/attention.hpp"
#include "sim/model/gemm.hpp"

namespace kvsim::model {
namespace {

using Node = StepBuilder::Node;

struct Context {
  StepBuilder& builder;
  const spec::ModelSpec& model;
  const Parallel& parallel;
  spec::Dtype kv;
};

// A collective's message is counted per row; it goes over links, not through HBM.
Operator all_reduce(const std::string& name, std::int64_t bytes_per_row, RowsOf rows,
                    std::int64_t calls, const Parallel& parallel) {
  Operator op;
  op.name = name;
  op.kind = OperatorKind::AllReduce;
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
  return context.builder.add(all_reduce(name, bytes_per_row, rows, calls, context.parallel), after);
}

// Two norms with residual (two reads and a write each), the FFN's activation (two reads and a
// write), rotary embedding and KV write: small kernels that PHYSICS 2.4 prices as one per layer.
Operator layer_glue(const Context& context, std::int64_t ffn_width, std::int64_t layers,
                    const std::string& prefix) {
  const std::int64_t norms = 2 * 3 * 2 * context.model.hidden_size;
  const std::int64_t activation = 3 * 2 * ffn_width;
  const std::int64_t kv_write =
      make_attention(context.model)->kv_bytes_per_token_per_gpu(context.kv, context.parallel);
  return element_wise(prefix + "norms_rope_kv_write", norms + activation + kv_write,
                      RowsOf::StepTokens, layers);
}

Node add_ffn(const Context& context, const std::vector<Matrix>& matrices, std::int64_t layers,
             const std::string& prefix, Node input) {
  const Node up =
      context.builder.add(gemm(prefix, matrices[0], RowsOf::StepTokens, layers), {input});
  return context.builder.add(gemm(prefix, matrices[1], RowsOf::StepTokens, layers), {up});
}

Operator routed_experts(const Context& context, std::int64_t layers, const std::string& prefix) {
  const spec::MoeSpec& moe = *context.model.moe;
  const std::int64_t tp = context.parallel.tensor;
  const bool whole = context.parallel.expert;
  const std::vector<Matrix> expert =
      ffn_matrices(context.model, moe.moe_intermediate_size, whole ? 1 : tp);
  Operator op;
  op.name = prefix + "experts";
  op.kind = OperatorKind::Moe;
  op.rows = RowsOf::StepTokens;
  op.dtype = context.model.weight_dtype;
  op.calls = layers;
  op.experts =
      ExpertTraffic{whole ? moe.n_routed_experts / tp : moe.n_routed_experts, moe.n_routed_experts,
                    moe.num_experts_per_tok, bytes(expert[0]) + bytes(expert[1])};
  const double used =
      static_cast<double>(moe.num_experts_per_tok) / (whole ? static_cast<double>(tp) : 1.0);
  op.flops_per_row = used * 2.0 * static_cast<double>(elements(expert[0]) + elements(expert[1]));
  op.bytes_per_row = 2 * 2 * context.model.hidden_size;
  return op;
}

Node add_moe(const Context& context, std::int64_t layers, const std::string& prefix, Node input) {
  const spec::MoeSpec& moe = *context.model.moe;
  const Matrix gate{"gate", moe.n_routed_experts, context.model.hidden_size, 1,
                    context.model.dtype};
  const Node routed = context.builder.add(gemm(prefix, gate, RowsOf::StepTokens, layers), {input});
  const Node experts = context.builder.add(routed_experts(context, layers, prefix), {routed});
  if (moe.n_shared_experts == 0) {
    return experts;
  }
  const std::vector<Matrix> shared = ffn_matrices(
      context.model, moe.n_shared_experts * moe.moe_intermediate_size, context.parallel.tensor);
  const Node alongside = add_ffn(context, shared, layers, prefix + "shared_experts.", input);
  return context.builder.add(
      element_wise(prefix + "add_shared_experts", 3 * 2 * context.model.hidden_size,
                   RowsOf::StepTokens, layers),
      {experts, alongside});
}

std::int64_t ffn_width_per_token(const spec::ModelSpec& model, bool routed, std::int64_t tp) {
  if (!routed) {
    return model.intermediate_size / tp;
  }
  const spec::MoeSpec& moe = *model.moe;
  return (moe.num_experts_per_tok + moe.n_shared_experts) * moe.moe_intermediate_size / tp;
}

Node add_layers(const Context& context, bool routed, std::int64_t layers, Node input) {
  if (layers == 0) {
    return input;
  }
  const bool mixed = dense_layers(context.model) > 0 && context.model.moe;
  const std::string prefix = !mixed ? "" : (routed ? "moe_layers." : "dense_layers.");
  const std::int64_t tp = context.parallel.tensor;
  const std::int64_t message = 2 * context.model.hidden_size;
  const Node glue = context.builder.add(
      layer_glue(context, ffn_width_per_token(context.model, routed, tp), layers, prefix), {input});
  const Node attention =
      make_attention(context.model)
          ->add_operators(context.builder, context.parallel, context.kv, layers, prefix, glue);
  const Node reduced = tp == 1 ? attention
                               : add_all_reduce(context, prefix + "attention_all_reduce", message,
                                                RowsOf::StepTokens, layers, {attention});
  const Node ffn =
      routed ? add_moe(context, layers, prefix, reduced)
             : add_ffn(context, ffn_matrices(context.model, context.model.intermediate_size, tp),
                       layers, prefix, reduced);
  return tp == 1 ? ffn
                 : add_all_reduce(context, prefix + "ffn_all_reduce", message, RowsOf::StepTokens,
                                  layers, {ffn});
}

void add_head(const Context& context, Node input) {
  const spec::ModelSpec& model = context.model;
  const std::int64_t tp = context.parallel.tensor;
  const Matrix lm_head{"lm_head", (model.vocab_size + tp - 1) / tp, model.hidden_size, 1,
                       model.dtype};
  Node last = context.builder.add(gemm("", lm_head, RowsOf::SampledTokens, 1), {input});
  if (tp > 1) {
    // An all-gather moves half of what an all-reduce of the same buffer moves: V · 2 B / 2.
    last = add_all_reduce(context, "logits_all_gather", model.vocab_size, RowsOf::SampledTokens, 1,
                          {last});
  }
  // Softmax, top-k and draw each read the fp32 logits (PHYSICS 2.4: several times; taken as 3).
  context.builder.add(element_wise("sampling", 3 * 4 * model.vocab_size, RowsOf::SampledTokens, 1),
                      {last});
}

}  // namespace

StepGraph build_step(const spec::ModelSpec& model, const Parallel& parallel, spec::Dtype kv) {
  KVSIM_CHECK(model.num_attention_heads % parallel.tensor == 0, "the model cannot be cut this way");
  StepBuilder builder;
  const Context context{builder, model, parallel, kv};
  const std::int64_t dense = dense_layers(model);
  Node last = builder.add(
      element_wise("embed_tokens", 2 * 2 * model.hidden_size, RowsOf::StepTokens, 1), {});
  if (parallel.tensor > 1) {
    last = add_all_reduce(context, "embedding_all_reduce", 2 * model.hidden_size,
                          RowsOf::StepTokens, 1, {last});
  }
  last = add_layers(context, false, dense, last);
  last = add_layers(context, true, model.num_hidden_layers - dense, last);
  add_head(context, last);
  return builder.finish();
}

}  // namespace kvsim::model
