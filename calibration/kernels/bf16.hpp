// bfloat16 as its 16 bits: the upper half of a float, rounded to nearest, ties to even.
//
// Host code of every room in calibration/ uses this, so that reference and kernel read the same
// values. Kernels widen by a shift and narrow by cvt.rn.bf16x2, which round alike.
#pragma once

#include <cstdint>
#include <cstring>

namespace kvsim {
namespace kernels {

using Bf16 = std::uint16_t;

inline constexpr Bf16 kBf16Nan = 0x7fc0;

inline float to_float(Bf16 value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value) << 16;
  float result = 0;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

inline Bf16 to_bf16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {
    return kBf16Nan;
  }
  const std::uint32_t round = 0x7fffU + ((bits >> 16) & 1U);
  return static_cast<Bf16>((bits + round) >> 16);
}

}  // namespace kernels
}  // namespace kvsim
