// Number formats and their sizes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kvsim::spec {

enum class Dtype { Bf16, Fp16, Fp8, Fp8Block };
inline constexpr std::array<std::string_view, 4> kDtypeNames = {"bf16", "fp16", "fp8", "fp8_block"};

/// Format of the KV cache; Auto is the format of the model's activations.
enum class KvDtype { Auto, Bf16, Fp16, Fp8 };
inline constexpr std::array<std::string_view, 4> kKvDtypeNames = {"auto", "bf16", "fp16", "fp8"};

/// Bytes of `elements` numbers. fp8_block adds one fp32 scale per 128 x 128 block
/// (DeepSeek-V3 config.json, quantization_config.weight_block_size).
[[nodiscard]] constexpr std::int64_t bytes_of(Dtype dtype, std::int64_t elements) {
  switch (dtype) {
    case Dtype::Bf16:
    case Dtype::Fp16:
      return 2 * elements;
    case Dtype::Fp8:
      return elements;
    case Dtype::Fp8Block:
      return elements + elements / (128 * 128) * 4;
  }
  return 2 * elements;
}

[[nodiscard]] constexpr bool is_fp8(Dtype dtype) {
  return dtype == Dtype::Fp8 || dtype == Dtype::Fp8Block;
}

/// The format that `kv` stands for in a model whose activations are `activations`.
[[nodiscard]] constexpr Dtype resolve(KvDtype kv, Dtype activations) {
  switch (kv) {
    case KvDtype::Auto:
      return activations;
    case KvDtype::Bf16:
      return Dtype::Bf16;
    case KvDtype::Fp16:
      return Dtype::Fp16;
    case KvDtype::Fp8:
      return Dtype::Fp8;
  }
  return activations;
}

}  // namespace kvsim::spec
