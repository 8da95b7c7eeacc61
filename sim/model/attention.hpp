// The door to attention variants: one file per family implements this class.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/model/operators.hpp"
#include "sim/model/parallel.hpp"
#include "sim/model/step_builder.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::model {

class Attention {
 public:
  virtual ~Attention() = default;

  /// Bytes that one more token of context adds in one layer, one copy.
  [[nodiscard]] virtual std::int64_t kv_bytes_per_token(spec::Dtype kv) const = 0;
  /// The same on one GPU, replication included.
  [[nodiscard]] virtual std::int64_t kv_bytes_per_token_per_gpu(spec::Dtype kv,
                                                                const Parallel& parallel) const = 0;
  /// The matrices of one layer on one GPU.
  [[nodiscard]] virtual std::vector<Matrix> matrices(const Parallel& parallel) const = 0;
  /// Copies that the engine keeps beside them; memory, but no parameters.
  [[nodiscard]] virtual std::vector<Matrix> resident_copies(const Parallel&) const { return {}; }
  /// Adds the operators of `layers` layers, from the normed input to the output projection,
  /// and answers the latter. Names start with `prefix`.
  virtual StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel,
                                          spec::Dtype kv, std::int64_t layers,
                                          const std::string& prefix,
                                          StepBuilder::Node input) const = 0;
  /// The equation of kv_bytes_per_token with its numbers, for `kvsim explain kv`.
  [[nodiscard]] virtual std::string derivation(spec::Dtype kv) const = 0;
};

/// The implementation for `model.attention.variant`; keeps a copy of what it needs.
[[nodiscard]] std::unique_ptr<Attention> make_attention(const spec::ModelSpec& model);

/// MHA, GQA and MQA: attention_heads.cpp. MLA: attention_mla.cpp.
[[nodiscard]] std::unique_ptr<Attention> make_head_attention(const spec::ModelSpec& model);
[[nodiscard]] std::unique_ptr<Attention> make_mla(const spec::ModelSpec& model);

}  // namespace kvsim::model
