// The matrices of a model: how many parameters, how many bytes on one GPU.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/quantity.hpp"
#include "sim/model/parallel.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::model {

/// `count` matrices of k rows (inputs) and n columns (outputs) on one GPU.
struct Matrix {
  std::string name;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t count = 1;
  spec::Dtype dtype = spec::Dtype::Bf16;
};

[[nodiscard]] std::int64_t elements(const Matrix& matrix);
[[nodiscard]] std::int64_t bytes(const Matrix& matrix);

/// Every matrix of the model on one GPU of one pipeline stage; `count` includes layers and experts.
/// Norm weights and biases are left out: below 0.1 % of the bytes of any model in configs/models.
[[nodiscard]] std::vector<Matrix> weight_matrices(const spec::ModelSpec& model,
                                                  const Parallel& parallel);

/// Weight bytes that one GPU holds; with pipeline stages, of the largest.
[[nodiscard]] Bytes weight_bytes_per_gpu(const spec::ModelSpec& model, const Parallel& parallel);
[[nodiscard]] std::int64_t parameter_count(const spec::ModelSpec& model);
/// Parameters that one token uses: of the routed experts only those it is sent to.
[[nodiscard]] std::int64_t active_parameter_count(const spec::ModelSpec& model);

/// One FFN of the given hidden width, on one GPU that holds 1/slices of it.
[[nodiscard]] std::vector<Matrix> ffn_matrices(const spec::ModelSpec& model, std::int64_t width,
                                               std::int64_t slices);
/// Gemma 3n's per-layer embeddings (Hugging Face modeling_gemma3n.py): what each layer does with
/// its own, and what the model does once for all layers. Whole on every GPU; empty for other
/// models.
[[nodiscard]] std::vector<Matrix> per_layer_input_matrices(const spec::ModelSpec& model);
[[nodiscard]] std::vector<Matrix> per_layer_model_matrices(const spec::ModelSpec& model);

/// One routed expert on one GPU that holds it, or a slice of it.
/// Requires: the model has experts.
[[nodiscard]] std::vector<Matrix> expert_matrices(const spec::ModelSpec& model,
                                                  const Parallel& parallel);

}  // namespace kvsim::model
