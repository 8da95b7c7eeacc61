#include "sim/base/rng.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace kvsim {
namespace {

// Known answer of Philox4x64-10 for counter 0 and key 0 (Random123, examples/kat_vectors).
TEST(RandomDraws, ArePhilox) {
  RandomDraws draws({0, 0}, 0);
  EXPECT_EQ(draws(), 0x16554d9eca36314cULL);
  EXPECT_EQ(draws(), 0xdb20fe9d672d0fdcULL);
  EXPECT_EQ(draws(), 0xd7e772cee186176bULL);
  EXPECT_EQ(draws(), 0x7e68b68aec7ba23bULL);
}

// FNV-1a, 64 bit, of "a" is af63dc4c8601ec8c (Fowler, Noll, Vo: published test vectors).
TEST(Rng, StreamsAreKeyedBySeedAndHashedName) {
  RandomDraws by_name = Rng::stream("a", 5).at(3);
  RandomDraws by_key({5, 0xaf63dc4c8601ec8cULL}, 3);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(by_name(), by_key());
  }
}

TEST(Rng, NamesSeedsAndItemsAreDifferentStreams) {
  std::set<std::uint64_t> seen;
  for (const char* name : {"arrivals", "prompt_lengths", "output_lengths"}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      for (std::uint64_t item = 0; item < 10; ++item) {
        RandomDraws draws = Rng::stream(name, seed).at(item);
        for (int i = 0; i < 10; ++i) {
          seen.insert(draws());
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), 3U * 10 * 10 * 10);
}

RC_GTEST_PROP(Rng, DrawsOfAnItemDoNotDependOnOtherItems,
              (std::uint64_t seed, std::uint64_t item, std::uint64_t other)) {
  const Rng stream = Rng::stream("test", seed);
  RandomDraws alone = stream.at(item);
  RandomDraws disturbing = stream.at(other);
  RandomDraws disturbed = stream.at(item);
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(disturbing());
    RC_ASSERT(alone() == disturbed());
  }
}

TEST(Rng, DrawsManyAsOneByOne) {
  const Rng stream = Rng::stream("test", 1);
  std::array<double, 40> many;
  stream.uniforms(1'000, many);
  for (std::size_t i = 0; i < many.size(); ++i) {
    EXPECT_EQ(many[i], stream.uniform(1'000 + i));
    EXPECT_EQ(many[i], stream.at(1'000 + i).uniform());
  }
}

// Mean 1/2 with standard deviation 1/sqrt(12 N), variance 1/12; four standard deviations.
TEST(RandomDraws, UniformHasTheMomentsOfTheory) {
  constexpr int kDraws = 100'000;
  const Rng stream = Rng::stream("test", 1);
  double sum = 0;
  double squares = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double u = stream.at(i).uniform();
    ASSERT_TRUE(u > 0 && u < 1);
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 4 / std::sqrt(12.0 * kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 12, 4 * std::sqrt(1.0 / 180 / kDraws));
}

}  // namespace
}  // namespace kvsim
