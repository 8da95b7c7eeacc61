#include "sim/model/weights.hpp"

#include <algorithm>

#include "sim/model/mixer.hpp"

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

/// Which part of a model is asked for.
struct Part {
  Parallel parallel;
  std::int64_t routed_experts = 0;  ///< of every sparse layer
  Stage stage;                      ///< layers
  bool embedding = true;
  bool head = true;
};

void append_experts(std::vector<Matrix>& all, const spec::ModelSpec& model, const Part& part) {
  const spec::MoeSpec& moe = *model.moe;
  const Parallel& parallel = part.parallel;
  const std::int64_t ranks = parallel.expert_ranks();
  const std::int64_t experts = parallel.expert ? part.routed_experts / ranks : part.routed_experts;
  append(all, expert_matrices(model, parallel), "experts.", experts);
  if (spec::shared_expert_width(moe) > 0) {
    append(all, ffn_matrices(model, spec::shared_expert_width(moe), parallel.tensor),
           "shared_experts.", 1);
  }
  // The router stays in the activations' format on every GPU (vLLM: ReplicatedLinear gate).
  append(all, {{"gate", moe.n_routed_experts, model.hidden_size, 1, model.dtype}}, "", 1);
}

std::vector<Matrix> layer_matrices(const spec::ModelSpec& model, const LayerClass& layer,
                                   const Part& part) {
  std::vector<Matrix> all;
  if (const auto mixer = make_mixer(model, layer)) {
    append(all, mixer->matrices(part.parallel), "attention.", 1);
  }
  if (layer.mlp == spec::MlpType::Dense) {
    append(all, ffn_matrices(model, model.intermediate_size, part.parallel.tensor), "mlp.", 1);
  } else if (layer.mlp == spec::MlpType::Sparse) {
    append_experts(all, model, part);
  }
  append(all, per_layer_input_matrices(model), "", 1);
  return all;
}

void append_embedding(std::vector<Matrix>& all, const spec::ModelSpec& model, std::int64_t tp) {
  all.push_back(
      {"embed_tokens", (model.vocab_size + tp - 1) / tp, model.hidden_size, 1, model.dtype});
  if (model.learned_positions) {
    all.push_back(
        {"embed_positions", model.max_position_embeddings, model.hidden_size, 1, model.dtype});
  }
  const std::int64_t per_layer = model.num_hidden_layers * model.hidden_size_per_layer_input;
  if (per_layer > 0) {
    all.push_back({"embed_tokens_per_layer", (model.vocab_size_per_layer_input + tp - 1) / tp,
                   per_layer, 1, model.dtype});
  }
}

std::vector<Matrix> matrices_of(const spec::ModelSpec& model, const Part& part) {
  std::vector<Matrix> all;
  const std::int64_t tp = part.parallel.tensor;
  if (part.embedding) {
    append_embedding(all, model, tp);
    append(all, per_layer_model_matrices(model), "", 1);
  }
  for (const LayerClass& layers : layer_classes(model, part.stage.first, part.stage.last)) {
    append(all, layer_matrices(model, layers, part), "", layers.count);
  }
  if (part.head && !(part.embedding && model.tie_word_embeddings)) {
    all.push_back({"lm_head", (model.vocab_size + tp - 1) / tp, model.hidden_size, 1, model.dtype});
  }
  return all;
}

Part whole(const spec::ModelSpec& model, const Parallel& parallel, std::int64_t routed_experts) {
  return {parallel, routed_experts, {0, model.num_hidden_layers}, true, true};
}

std::int64_t routed_experts(const spec::ModelSpec& model) {
  return model.moe ? model.moe->n_routed_experts : 0;
}

std::int64_t resident_bytes(const spec::ModelSpec& model, const Part& part) {
  std::int64_t total = 0;
  for (const Matrix& matrix : matrices_of(model, part)) {
    total += bytes(matrix);
  }
  for (const LayerClass& layers : layer_classes(model, part.stage.first, part.stage.last)) {
    if (const auto mixer = make_mixer(model, layers)) {
      for (const Matrix& copy : mixer->resident_copies(part.parallel)) {
        total += layers.count * bytes(copy);
      }
    }
  }
  return total;
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
  return matrices_of(model, whole(model, parallel, routed_experts(model)));
}

Bytes weight_bytes_per_gpu(const spec::ModelSpec& model, const Parallel& parallel) {
  std::int64_t largest = 0;
  for (std::int64_t s = 0; s < parallel.pipeline; ++s) {
    Part part = whole(model, parallel, routed_experts(model));
    part.stage = stage_layers(model.num_hidden_layers, parallel.pipeline, s);
    part.embedding = s == 0;
    part.head = s + 1 == parallel.pipeline;
    largest = std::max(largest, resident_bytes(model, part));
  }
  return Bytes(largest);
}

std::int64_t parameter_count(const spec::ModelSpec& model) {
  return total_elements(weight_matrices(model, Parallel{}));
}

std::int64_t active_parameter_count(const spec::ModelSpec& model) {
  return total_elements(
      matrices_of(model, whole(model, Parallel{}, model.moe ? model.moe->num_experts_per_tok : 0)));
}

std::vector<Matrix> expert_matrices(const spec::ModelSpec& model, const Parallel& parallel) {
  const spec::MoeSpec& moe = *model.moe;
  const std::int64_t slices = parallel.expert ? 1 : parallel.expert_ranks();
  std::vector<Matrix> expert = ffn_matrices(model, moe.moe_intermediate_size, slices);
  for (Matrix& matrix : expert) {
    matrix.dtype = moe.expert_dtype.value_or(model.weight_dtype);
  }
  return expert;
}

std::vector<Matrix> ffn_matrices(const spec::ModelSpec& model, std::int64_t width,
                                 std::int64_t slices) {
  const std::int64_t local = width / slices;
  const std::int64_t up = model.gated_mlp ? 2 * local : local;
  return {
      {model.gated_mlp ? "gate_up_proj" : "up_proj", up, model.hidden_size, 1, model.weight_dtype},
      {"down_proj", model.hidden_size, local, 1, model.weight_dtype}};
}

std::vector<Matrix> per_layer_input_matrices(const spec::ModelSpec& model) {
  const std::int64_t width = model.hidden_size_per_layer_input;
  if (width == 0) {
    return {};
  }
  return {{"per_layer_input_gate", width, model.hidden_size, 1, model.weight_dtype},
          {"per_layer_projection", model.hidden_size, width, 1, model.weight_dtype}};
}

std::vector<Matrix> per_layer_model_matrices(const spec::ModelSpec& model) {
  const std::int64_t width = model.num_hidden_layers * model.hidden_size_per_layer_input;
  if (width == 0) {
    return {};
  }
  return {{"per_layer_model_projection", width, model.hidden_size, 1, model.dtype}};
}

}  // namespace kvsim::model
