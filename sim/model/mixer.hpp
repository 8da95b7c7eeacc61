// The door to attention and its relatives: one file per family implements this class.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/model/cache_group.hpp"
#include "sim/model/layers.hpp"
#include "sim/model/operators.hpp"
#include "sim/model/parallel.hpp"
#include "sim/model/step_builder.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::model {

/// How the layers of one class mix tokens.
class Mixer {
 public:
  virtual ~Mixer() = default;

  /// What one layer keeps; the counts of layers are left 0. Most families have one group.
  [[nodiscard]] virtual std::vector<CacheGroup> caches(spec::KvDtype kv,
                                                       const Parallel& parallel) const = 0;
  /// The matrices of one layer on one GPU.
  [[nodiscard]] virtual std::vector<Matrix> matrices(const Parallel& parallel) const = 0;
  /// Copies that the engine keeps beside them; memory, but no parameters.
  [[nodiscard]] virtual std::vector<Matrix> resident_copies(const Parallel&) const { return {}; }
  /// KV bytes that one GPU reads for one sequence in a decode step at which it has `context`
  /// tokens, in one layer; of a state, read and written.
  [[nodiscard]] virtual std::int64_t bytes_read(spec::KvDtype kv, const Parallel& parallel,
                                                std::int64_t context) const = 0;
  /// Adds the operators of `layers` layers, from the normed input to the output projection,
  /// and answers the latter. Names start with `prefix`.
  virtual StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel,
                                          spec::KvDtype kv, std::int64_t layers,
                                          const std::string& prefix,
                                          StepBuilder::Node input) const = 0;
};

/// The implementation for these layers, or null if they have no mixer; keeps a copy of what it
/// needs.
[[nodiscard]] std::unique_ptr<Mixer> make_mixer(const spec::ModelSpec& model,
                                                const LayerClass& layers);

/// What such layers attend to, apart from sparse attention's own choice.
[[nodiscard]] Span span_of(const spec::ModelSpec& model, spec::LayerType layer);

/// `op` once in each of `layers` layers, its name after `prefix`.
[[nodiscard]] Operator of_layers(Operator op, std::int64_t layers, const std::string& prefix);

/// MHA, GQA and MQA, with windows, chunks and shared caches: mixer_heads.cpp. NSA: mixer_nsa.cpp.
/// MLA, sparse or not: mixer_mla.cpp. Mamba-2, gated delta net, KDA, lightning: mixer_linear.cpp.
[[nodiscard]] std::unique_ptr<Mixer> make_head_mixer(const spec::ModelSpec& model,
                                                     const LayerClass& layers);
[[nodiscard]] std::unique_ptr<Mixer> make_nsa_mixer(const spec::ModelSpec& model,
                                                    const LayerClass& layers);
[[nodiscard]] std::unique_ptr<Mixer> make_mla_mixer(const spec::ModelSpec& model,
                                                    const LayerClass& layers);
[[nodiscard]] std::unique_ptr<Mixer> make_linear_mixer(const spec::ModelSpec& model);

}  // namespace kvsim::model
