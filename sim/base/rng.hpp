// Random numbers that do not depend on the order in which they are drawn.
//
// A stream is a name and a seed; draw i of a stream is Philox4x64-10 (Salmon et al., SC'11) at
// counter i. Two streams never share numbers, a request's draws do not move when another
// request is added, and two variants of a study see the same traffic (common random numbers).
// Distributions are computed here or by Boost: those of the standard library differ between
// implementations.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace kvsim {

/// Draws of one item of a stream; a C++ uniform random bit generator, so Boost.Random takes it.
class RandomDraws {
 public:
  using result_type = std::uint64_t;
  RandomDraws(std::array<std::uint64_t, 2> key, std::uint64_t item) : key_(key), item_(item) {}

  result_type operator()();
  [[nodiscard]] static constexpr result_type min() { return 0; }
  [[nodiscard]] static constexpr result_type max() {
    return std::numeric_limits<result_type>::max();
  }

  /// Uniform on (0, 1): never 0 and never 1, so its logarithm is finite.
  [[nodiscard]] double uniform();

 private:
  std::array<std::uint64_t, 2> key_;
  std::uint64_t item_;
  std::uint64_t round_ = 0;
  std::array<std::uint64_t, 4> buffer_{};
  unsigned used_ = 4;
};

class Rng {
 public:
  /// The stream called `name` of the run with this `seed`.
  [[nodiscard]] static Rng stream(std::string_view name, std::uint64_t seed);

  /// The draws that belong to item `index` (a request, a client) of this stream.
  [[nodiscard]] RandomDraws at(std::uint64_t index) const { return {key_, index}; }
  /// at(index).uniform(), for those who need no more of this item.
  [[nodiscard]] double uniform(std::uint64_t index) const;
  /// The same of items `first`, `first` + 1, ...: independent blocks overlap in the processor, one
  /// after the other they wait for each other.
  void uniforms(std::uint64_t first, std::span<double> values) const;

 private:
  explicit Rng(std::array<std::uint64_t, 2> key) : key_(key) {}
  std::array<std::uint64_t, 2> key_;
};

}  // namespace kvsim
