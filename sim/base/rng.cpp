#include "sim/base/rng.hpp"

#include <Random123/philox.h>

namespace kvsim {
namespace {

// FNV-1a, 64 bit: a fixed hash of the stream's name (offset basis and prime: Fowler, Noll, Vo).
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

// Always inlined: who needs one word of a block computes no other.
[[gnu::always_inline]] inline r123::Philox4x64::ctr_type block_at(
    const std::array<std::uint64_t, 2>& key, std::uint64_t item, std::uint64_t round) {
  return r123::Philox4x64()({{item, round, 0, 0}}, {{key[0], key[1]}});
}

double to_uniform(std::uint64_t word) {
  return (static_cast<double>(word >> 12) + 0.5) * 0x1.0p-52;  // 52 bits; exact: 53 significant
}

}  // namespace

RandomDraws::result_type RandomDraws::operator()() {
  if (used_ == buffer_.size()) {
    const auto block = block_at(key_, item_, round_++);
    for (std::size_t i = 0; i < buffer_.size(); ++i) {
      buffer_[i] = block[i];
    }
    used_ = 0;
  }
  return buffer_[used_++];
}

double RandomDraws::uniform() { return to_uniform((*this)()); }

double Rng::uniform(std::uint64_t index) const { return to_uniform(block_at(key_, index, 0)[0]); }

void Rng::uniforms(std::uint64_t first, std::span<double> values) const {
  const std::array<std::uint64_t, 2> key = key_;  // no store can change it: its rounds stay
  for (double& value : values) {
    value = to_uniform(block_at(key, first++, 0)[0]);
  }
}

Rng Rng::stream(std::string_view name, std::uint64_t seed) { return Rng({seed, hash_name(name)}); }

}  // namespace kvsim
