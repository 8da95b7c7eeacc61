// Bytes of keys and values in each format of the cache.
#pragma once

#include <cstdint>
#include <string>

#include "sim/spec/dtype.hpp"

namespace kvsim::model {

/// `heads` vectors of `width` values, their scales included. Requires: kv is neither Auto nor
/// Fp8DsMla (checked).
///   per token-head  one fp32 scale per vector           (vLLM FullAttentionSpec.page_size_bytes)
///   int4 group g    fp16 scale and zero per g values    (PHYSICS 1.1: 0.5 + 4/g bytes)
///   nvfp4           one e4m3 scale per 16 values        (vLLM, same file)
/// Formats with one scale per tensor store none per token.
[[nodiscard]] std::int64_t vector_bytes(spec::KvDtype kv, std::int64_t heads, std::int64_t width);

/// "2 B (bf16)", or in words where scales come with it; for equations.
[[nodiscard]] std::string format_text(spec::KvDtype kv);

}  // namespace kvsim::model
