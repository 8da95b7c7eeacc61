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

}  // namespace

RandomDraws::result_type RandomDraws::operator()() {
  if (used_ == buffer_.size()) {
    r123::Philox4x64 generator;
    r123::Philox4x64::ctr_type counter = {{item_, round_++, 0, 0}};
    r123::Philox4x64::key_type key = {{key_[0], key_[1]}};
    const auto block = generator(counter, key);
    for (std::size_t i = 0; i < buffer_.size(); ++i) {
      buffer_[i] = block[i];
    }
    used_ = 0;
  }
  return buffer_[used_++];
}

double RandomDraws::uniform() {
  const std::uint64_t bits = (*this)() >> 12;            // 52 bits
  return (static_cast<double>(bits) + 0.5) * 0x1.0p-52;  // exact: 53 significant bits
}

Rng Rng::stream(std::string_view name, std::uint64_t seed) { return Rng({seed, hash_name(name)}); }

}  // namespace kvsim
