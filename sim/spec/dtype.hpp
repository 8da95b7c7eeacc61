// Number formats and their sizes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kvsim::spec {

/// Formats of weights and activations. int4 is weight-only with one fp16 scale and one 4-bit zero
/// per 128 (AWQ, GPTQ); fp8 and int8 are W8A8.
enum class Dtype { Bf16, Fp16, Fp8, Fp8Block, Int8, Int4, Mxfp4, Nvfp4 };
inline constexpr std::array<std::string_view, 8> kDtypeNames = {
    "bf16", "fp16", "fp8", "fp8_block", "int8", "int4", "mxfp4", "nvfp4"};

/// Format of the KV cache; Auto is the format of the model's activations. `per_token_head` formats
/// keep one fp32 scale per token and head, `group` formats an fp16 scale and zero per so many
/// values, nvfp4 an e4m3 scale per 16; fp8_ds_mla is FlashMLA's layout of 656 bytes.
enum class KvDtype {
  Auto,
  Bf16,
  Fp16,
  Fp8,
  Fp8PerTokenHead,
  Int8PerTokenHead,
  Int4Group32,
  Int4Group64,
  Int4Group128,
  Nvfp4,
  Fp8DsMla
};
inline constexpr std::array<std::string_view, 11> kKvDtypeNames = {"auto",
                                                                   "bf16",
                                                                   "fp16",
                                                                   "fp8",
                                                                   "fp8_per_token_head",
                                                                   "int8_per_token_head",
                                                                   "int4_group32",
                                                                   "int4_group64",
                                                                   "int4_group128",
                                                                   "nvfp4",
                                                                   "fp8_ds_mla"};

/// Bytes of `elements` numbers, scales included.
///   fp8_block  one fp32 scale per 128 x 128 (DeepSeek-V3 config.json, weight_block_size)
///   int4       fp16 scale and 4-bit zero per 128 (AutoAWQ, GPTQModel: group_size 128)
///   mxfp4      e8m0 scale per 32 (OCP Microscaling Formats 1.0)
///   nvfp4      e4m3 scale per 16 (NVIDIA Transformer Engine; PHYSICS 2.2)
[[nodiscard]] constexpr std::int64_t bytes_of(Dtype dtype, std::int64_t elements) {
  switch (dtype) {
    case Dtype::Bf16:
    case Dtype::Fp16:
      return 2 * elements;
    case Dtype::Fp8:
    case Dtype::Int8:
      return elements;
    case Dtype::Fp8Block:
      return elements + elements / (128 * 128) * 4;
    case Dtype::Int4:
      return elements / 2 + elements / 256 * 5;
    case Dtype::Mxfp4:
      return elements / 2 + elements / 32;
    case Dtype::Nvfp4:
      return elements / 2 + elements / 16;
  }
  return 2 * elements;
}

[[nodiscard]] constexpr bool is_fp8(Dtype dtype) {
  return dtype == Dtype::Fp8 || dtype == Dtype::Fp8Block;
}
[[nodiscard]] constexpr bool is_16_bit(Dtype dtype) {
  return dtype == Dtype::Bf16 || dtype == Dtype::Fp16;
}

/// What `kv` stands for in a model whose activations are `activations`: never Auto.
[[nodiscard]] constexpr KvDtype resolve(KvDtype kv, Dtype activations) {
  if (kv != KvDtype::Auto) {
    return kv;
  }
  return activations == Dtype::Fp16 ? KvDtype::Fp16 : KvDtype::Bf16;
}

/// The kernels that read a cache of this format: cards and peak rates go by it.
/// Requires: kv is not Auto.
[[nodiscard]] constexpr Dtype kernel_dtype(KvDtype kv) {
  switch (kv) {
    case KvDtype::Auto:
    case KvDtype::Bf16:
      return Dtype::Bf16;
    case KvDtype::Fp16:
      return Dtype::Fp16;
    case KvDtype::Fp8:
    case KvDtype::Fp8PerTokenHead:
    case KvDtype::Fp8DsMla:
      return Dtype::Fp8;
    case KvDtype::Int8PerTokenHead:
      return Dtype::Int8;
    case KvDtype::Int4Group32:
    case KvDtype::Int4Group64:
    case KvDtype::Int4Group128:
      return Dtype::Int4;
    case KvDtype::Nvfp4:
      return Dtype::Nvfp4;
  }
  return Dtype::Bf16;
}

}  // namespace kvsim::spec
