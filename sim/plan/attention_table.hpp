// What a choice of attention costs and buys: one row per variant of a model, without a simulation.
//
//   sequences       floor(KV blocks / blocks of one sequence of `context` tokens)
//   tokens/s        sequences · peak bandwidth / (weights + KV of all sequences, on one GPU):
//                   the roofline of decoding, where each step reads all weights once
//   intensity       FLOPs / KV bytes of decode attention; above the GPU's ridge, peak bf16 rate /
//                   peak bandwidth, attention is bound by compute (MLA shares one latent between
//                   all heads, so every byte is used often)
//
// Of MoE layers the experts count that the batch reaches. Not modelled: efficiencies below peak,
// activations, collectives, the host; `kvsim explain step` prices all of them.
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/quantity.hpp"
#include "sim/spec/engine.hpp"
#include "sim/spec/gpu.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::plan {

struct AttentionRow {
  std::int64_t parameters = 0;
  Bytes weights_per_gpu;
  BytesPerToken kv_per_token;          ///< one copy
  BytesPerToken kv_per_token_per_gpu;  ///< what one GPU stores
  std::int64_t kv_cache_tokens = 0;
  std::int64_t sequences = 0;
  double tokens_per_second = 0;  ///< of one replica; 0 when no sequence fits
  double intensity = 0;          ///< FLOP/B of decode attention at `context`
  bool compute_bound = false;    ///< intensity above the ridge
};

/// Requires: `engine` is resolved and can serve `model` (spec/contradictions.hpp), with tensor
/// parallelism only; context > 0.
[[nodiscard]] AttentionRow attention_row(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                                         const spec::EngineSpec& engine, std::int64_t context);

/// FLOP/B at which the peak bf16 rate and the peak bandwidth take equally long.
[[nodiscard]] double ridge(const spec::GpuSpec& gpu);

}  // namespace kvsim::plan
