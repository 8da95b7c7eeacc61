// What a pool holds before anything is timed. Never zeros and never constants: products of zeros
// draw less power and run faster.
#pragma once

#include "calibration/kernels/device.hpp"

namespace kvsim {
namespace kernels {

inline constexpr int kFillThreads = 512;

/// Random bf16 as a hash of the position: a sum of four uniform numbers, within +-2 and close to a
/// normal with sigma 0.58.
KVSIM_DEVICE std::uint32_t hash_of(std::uint64_t position, std::uint32_t seed) {
  auto h = static_cast<std::uint32_t>(position) * 0x9e3779b1U ^
           static_cast<std::uint32_t>(position >> 32) * 0x85ebca77U ^ seed * 0xc2b2ae3dU;
  h ^= h >> 15;
  h *= 0x2c1b3c6dU;
  h ^= h >> 12;
  h *= 0x297a2d39U;
  h ^= h >> 15;
  return h;
}

KVSIM_DEVICE float random_value(std::uint64_t position, std::uint32_t seed) {
  const std::uint32_t h = hash_of(position, seed);
  const auto sum = static_cast<float>((h & 255U) + (h >> 8 & 255U) + (h >> 16 & 255U) + (h >> 24));
  return (sum - 510.0F) * (1.0F / 255.0F);
}

/// Pairs of bf16.
KVSIM_KERNEL(kFillThreads, 2)
fill_bf16(std::uint32_t* to, std::int64_t pairs, std::uint32_t seed) {
  const std::int64_t stride = static_cast<std::int64_t>(blocks()) * threads();
  for (std::int64_t at = static_cast<std::int64_t>(block()) * threads() + thread(); at < pairs;
       at += stride) {
    const auto position = static_cast<std::uint64_t>(at) * 2;
    to[at] = pack(random_value(position, seed), random_value(position + 1, seed));
  }
}

/// Four e4m3 codes a word, each of magnitude below 2 (exponent bits up to 7) and finite.
KVSIM_KERNEL(kFillThreads, 2)
fill_e4m3(std::uint32_t* to, std::int64_t words, std::uint32_t seed) {
  const std::int64_t stride = static_cast<std::int64_t>(blocks()) * threads();
  for (std::int64_t at = static_cast<std::int64_t>(block()) * threads() + thread(); at < words;
       at += stride) {
    to[at] = hash_of(static_cast<std::uint64_t>(at), seed) & 0xbfbfbfbfU;
  }
}

}  // namespace kernels
}  // namespace kvsim
