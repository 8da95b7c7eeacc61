#include "sim/model/weights.hpp"

#include <algorithm>

#include "sim/model/attention.hpp"

namespace kvsim::model {
namespace {

void append(std::vector<Matrix>& all, std::vector<Matrix> some, const std::string& prefix,
            std::int64_t times) {
  for (Matrix& matrix : some) {
    matrix.name = prefix + matrix.name;
    matrix.count *= times;
    all.push_back(std::move(matrix));
  }
}

void append_experts(std::vector<Matrix>& all, const spec::ModelSpec& model,
                    const Parallel& parallel, std::int64_t routed_experts) {
  const spec::MoeSpec& moe = *model.moe;
  const std::int64_t layers = model.num_hidden_layers - dense_layers(model);
  const std::int64_t slices = parallel.expert ? 1 : parallel.tensor;
  const std::int64_t experts = parallel.expert ? routed_experts / parallel.tensor : routed_experts;
  append(all, ffn_matrices(model, moe.moe_intermediate_size, slices), "experts.", layers * experts);
  if (moe.n_shared_experts > 0) {
    append(all,
           ffn_matrices(model, moe.n_shared_experts * moe.moe_intermediate_size, parallel.tensor),
           "shared_experts.", layers);
  }
  // The router stays in the activations' format on every GPU (vLLM: ReplicatedLinear gate).
  append(all, {{"gate", moe.n_routed_experts, model.hidden_size, 1, model.dtype}}, "", layers);
}

std::vector<Matrix> matrices_with(const spec::ModelSpec& model, const Parallel& parallel,
                                  std::int64_t routed_experts) {
  std::vector<Matrix> all;
  const std::int64_t vocab = (model.vocab_size + parallel.tensor - 1) / parallel.tensor;
  all.push_back({"embed_tokens", vocab, model.hidden_size, 1, model.dtype});
  append(all, make_attention(model)->matrices(parallel), "attention.", model.num_hidden_layers);
  append(all, ffn_matrices(model, model.intermediate_size, parallel.tensor), "mlp.",
         dense_layers(model));
  if (model.moe) {
    append_experts(all, model, parallel, routed_experts);
  }
  if (!model.tie_word_embeddings) {
    all.push_back({"lm_head", vocab, model.hidden_size, 1, model.dtype});
  }
  return all;
}

std::int64_t total_elements(const std::vector<Matrix>& matrices) {
  std::int64_t total = 0;
  for (const Matrix& matrix : matrices) {
    total += elements(matrix);
  }
  return total;
}

}  // namespace

std::int64_t elements(const Matrix& matrix) { return matrix.n * matrix.k * matrix.count; }

std::int64_t bytes(const Matrix& matrix) {
  return spec::bytes_of(matrix.dtype, matrix.n * matrix.k) * matrix.count;
}

std::vector<Matrix> weight_matrices(const spec::ModelSpec& model, const Parallel& parallel) {
  return matrices_with(model, parallel, model.moe ? model.moe->n_routed_experts : 0);
}

Bytes weight_bytes_per_gpu(const spec::ModelSpec& model, const Parallel& parallel) {
  std::int64_t total = 0;
  for (const Matrix& matrix : weight_matrices(model, parallel)) {
    total += bytes(matrix);
  }
  for (const Matrix& copy : make_attention(model)->resident_copies(parallel)) {
    total += model.num_hidden_layers * bytes(copy);
  }
  return Bytes(total);
}

std::int64_t parameter_count(const spec::ModelSpec& model) {
  return total_elements(weight_matrices(model, Parallel{}));
}

std::int64_t active_parameter_count(const spec::ModelSpec& model) {
  return total_elements(
      matrices_with(model, Parallel{}, model.moe ? model.moe->num_experts_per_tok : 0));
}

std::vector<Matrix> ffn_matrices(const spec::ModelSpec& model, std::int64_t width,
                                 std::int64_t slices) {
  const std::int64_t local = width / slices;
  const std::int64_t up = model.gated_mlp ? 2 * local : local;
  return {
      {model.gated_mlp ? "gate_up_proj" : "up_proj", up, model.hidden_size, 1, model.weight_dtype},
      {"down_proj", model.hidden_size, local, 1, model.weight_dtype}};
}

std::int64_t dense_layers(const spec::ModelSpec& model) {
  return model.moe ? std::min(model.moe->first_k_dense_replace, model.num_hidden_layers)
                   : model.num_hidden_layers;
}

}  // namespace kvsim::model
