// The cache of layers that keep the same tokens in the same shape.
#pragma once

#include <cstdint>
#include <string>

#include "sim/model/span.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::model {

/// Bytes are those of one layer and one sequence.
struct CacheGroup {
  std::string name;  ///< "full_attention", "linear_attention", ...
  spec::LayerType type = spec::LayerType::Full;
  Span span;                                 ///< which tokens are kept; no meaning for a state
  std::int64_t layers = 0;                   ///< that store
  std::int64_t reading_layers = 0;           ///< that read in each step: sharing layers included
  std::int64_t bytes_per_token = 0;          ///< one copy; 0 for a state
  std::int64_t bytes_per_token_per_gpu = 0;  ///< one GPU, replication included
  std::int64_t state_bytes = 0;              ///< constant per sequence, one copy; 0 for tokens
  std::int64_t state_bytes_per_gpu = 0;
  std::string equation;  ///< "2 (K and V) x 8 KV heads x 128 head_dim x 2 B (bf16)"

  [[nodiscard]] bool is_state() const { return state_bytes > 0; }
};

}  // namespace kvsim::model
