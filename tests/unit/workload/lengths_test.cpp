#include "sim/workload/lengths.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/base/check.hpp"
#include "sim/workload/length_cells.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

constexpr std::size_t kSampled = 100'000;

std::vector<std::int64_t> sample(const spec::LengthSpec& length, std::size_t count = kSampled,
                                 std::uint64_t seed = 1) {
  const LengthSampler sampler(length);
  const Rng stream = Rng::stream("prompt_lengths", seed);
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < count; ++i) {
    lengths.push_back(sampler.draw(stream.at(i)));
  }
  return lengths;
}

double mean(const std::vector<std::int64_t>& values) {
  double sum = 0;
  for (const std::int64_t value : values) {
    sum += static_cast<double>(value);
  }
  return sum / static_cast<double>(values.size());
}

std::int64_t quantile(std::vector<std::int64_t> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size()))];
}

// mean 1155, p99 4142: ln(p99/mean) = 1.277146; sigma = z99 - sqrt(z99² - 2·1.277146)
//   = 2.326348 - 1.690484 = 0.635863; mu = ln 1155 - sigma²/2 = 7.051856 - 0.202161 = 6.849694.
TEST(LognormalParameters, FromMeanAndP99TakeTheSmallerRoot) {
  const auto prompt = lognormal_parameters({.mean = 1155, .p99 = 4142, .median = {}});
  EXPECT_NEAR(prompt.mu, 6.849694460397819, 1e-12);
  EXPECT_NEAR(prompt.sigma, 0.6358634484825725, 1e-12);
  const auto output = lognormal_parameters({.mean = 211, .p99 = 601, .median = {}});
  EXPECT_NEAR(output.mu, 5.224499838514769, 1e-12);
  EXPECT_NEAR(output.sigma, 0.5046945511124477, 1e-12);
}

// mean 150, median 100: mu = ln 100 = 4.605170, sigma = sqrt(2·ln 1.5) = 0.900517.
TEST(LognormalParameters, FromMeanAndMedian) {
  const auto parameters = lognormal_parameters({.mean = 150, .p99 = {}, .median = 100});
  EXPECT_NEAR(parameters.mu, 4.605170185988092, 1e-12);
  EXPECT_NEAR(parameters.sigma, 0.9005166385005492, 1e-12);
}

// The largest p99/mean is exp(z99²/2) = 14.968; the spec allows 14.97.
TEST(LognormalParameters, AtTheHeaviestTailSigmaIsZ99) {
  const auto parameters = lognormal_parameters({.mean = 100, .p99 = 1497, .median = {}});
  EXPECT_DOUBLE_EQ(parameters.sigma, 2.3263478740408408);
}

TEST(LognormalParameters, AreCheckedAgainstImpossibleShapes) {
  EXPECT_THROW(static_cast<void>(lognormal_parameters({.mean = 100, .p99 = {}, .median = {}})),
               InternalError);
  EXPECT_THROW(static_cast<void>(lognormal_parameters({.mean = 100, .p99 = 1600, .median = {}})),
               InternalError);
  EXPECT_THROW(static_cast<void>(lognormal_parameters({.mean = 100, .p99 = {}, .median = 101})),
               InternalError);
}

RC_GTEST_PROP(LognormalParameters, GiveBackWhatTheyWereMadeOf, ()) {
  const double mean = *rc::gen::inRange(10, 100'000);
  const double ratio = 1 + *rc::gen::inRange(0, 1300) / 100.0;
  const auto p = lognormal_parameters({.mean = mean, .p99 = mean * ratio, .median = {}});
  RC_ASSERT(std::abs(std::exp(p.mu + p.sigma * p.sigma / 2) / mean - 1) < 1e-12);
  RC_ASSERT(std::abs(std::exp(p.mu + 2.3263478740408408 * p.sigma) / (mean * ratio) - 1) < 1e-12);
}

TEST(LengthSampler, FixedIsAlwaysTheSame) {
  for (const std::int64_t tokens : sample(fixed_length(17), 10)) {
    EXPECT_EQ(tokens, 17);
  }
}

// 10 … 19: each with probability 1/10; standard deviation of a share is sqrt(0.09/N) = 0.00095.
TEST(LengthSampler, UniformIncludesBothEnds) {
  std::map<std::int64_t, double> share;
  for (const std::int64_t tokens : sample(uniform_length(10, 19))) {
    share[tokens] += 1.0 / kSampled;
  }
  ASSERT_EQ(share.size(), 10U);
  EXPECT_EQ(share.begin()->first, 10);
  EXPECT_EQ(share.rbegin()->first, 19);
  for (const auto& [tokens, part] : share) {
    EXPECT_NEAR(part, 0.1, 4 * 0.00095) << tokens;
  }
}

// Standard deviation of one draw: mean·sqrt(exp(sigma²) - 1) = 1155·0.706 = 815, of the mean of
// 100 000 draws 2.6; of the p99, sqrt(0.0099/N)/density = 1.4 %. Four of each are allowed.
TEST(LengthSampler, LognormalHasTheMeanMedianAndP99AskedFor) {
  const auto lengths = sample(lognormal_length(1155, 4142));
  EXPECT_NEAR(mean(lengths), 1155, 4 * 2.6);
  EXPECT_NEAR(static_cast<double>(quantile(lengths, 0.5)), 943.6, 10);
  EXPECT_NEAR(static_cast<double>(quantile(lengths, 0.99)), 4142, 4142 * 0.03);
}

TEST(LengthSampler, ShortLognormalsAreAtLeastOneToken) {
  spec::LengthSpec length = lognormal_length(1, 14);
  const auto lengths = sample(length, 10'000);
  EXPECT_EQ(*std::min_element(lengths.begin(), lengths.end()), 1);
}

// Weights 1 : 0 : 3 on 8, 100, 4000 give shares 1/4, 0, 3/4.
TEST(LengthSampler, EmpiricalFollowsTheWeights) {
  std::map<std::int64_t, double> share;
  for (const std::int64_t tokens : sample(empirical_length({4000, 8, 100}, {3, 1, 0}))) {
    share[tokens] += 1.0 / kSampled;
  }
  ASSERT_EQ(share.size(), 2U);
  EXPECT_NEAR(share[8], 0.25, 4 * std::sqrt(0.25 * 0.75 / kSampled));
  EXPECT_NEAR(share[4000], 0.75, 4 * std::sqrt(0.25 * 0.75 / kSampled));
}

TEST(LengthSampler, EmpiricalDoesNotDependOnTheOrderOfItsList) {
  EXPECT_EQ(sample(empirical_length({5, 900, 60}, {1, 2, 4}), 1000),
            sample(empirical_length({60, 5, 900}, {4, 1, 2}), 1000));
}

TEST(LengthSampler, EmpiricalWithoutWeightsTreatsAllAlike) {
  EXPECT_EQ(sample(empirical_length({5, 900, 60}, {}), 1000),
            sample(empirical_length({5, 900, 60}, {1, 1, 1}), 1000));
}

// Who draws many finds most of them in cells; they say what one draw after the other says.
TEST(LengthSampler, DrawsInBulkWhatItDrawsOneByOne) {
  const std::vector<spec::LengthSpec> lengths = {
      lognormal_length(512, 2048),
      lognormal_length(3, 9),                // nearly every cell holds one length
      lognormal_length(400'000, 3'000'000),  // nearly none does
      normal_length({1000, 300, 1, 1200}),
      normal_length({5e9, 1e9, 1, 9'000'000'000}),  // beyond 32 bits
      uniform_length(100, 900),                     // has no cells
  };
  for (std::size_t kind = 0; kind < lengths.size(); ++kind) {
    LengthSampler in_bulk(lengths[kind]);
    const LengthSampler one_by_one(lengths[kind]);
    const Rng stream = Rng::stream("prompt_lengths", 7);
    std::array<std::int64_t, 50> drawn;
    for (std::uint64_t first = 0; first < kSampled; first += drawn.size()) {
      in_bulk.draw(stream, first, drawn);
      for (std::uint64_t i = 0; i < drawn.size(); ++i) {
        ASSERT_EQ(drawn[i], one_by_one.draw(stream.at(first + i)))
            << "kind " << kind << ", item " << first + i;
      }
    }
  }
}

// 10 up to 0.3, then 11, at 0.7 and above 13. Of 4096 cells only the one around 0.3 has a 64th in
// which it is unknown; the one around 0.7 rises by two tokens and has to be asked.
TEST(LengthCells, KnowWhereLengthsDoNotChange) {
  const auto length_at = [](double uniform) {
    return uniform < 0.3 ? 10 : uniform < 0.7 ? 11 : 13;
  };
  const LengthCells cells(length_at);
  constexpr double kPart = 1.0 / (4096 * 64);
  EXPECT_EQ(cells.find(0x1p-53), 10);
  EXPECT_EQ(cells.find(0.3 - kPart), 10);
  EXPECT_EQ(cells.find(0.3), std::nullopt);
  EXPECT_EQ(cells.find(0.3 + kPart), 11);
  EXPECT_EQ(cells.find(0.7), std::nullopt);
  EXPECT_EQ(cells.find(0.7 + 64 * kPart), 13);
  EXPECT_EQ(cells.find(1 - 0x1p-53), 13);
}

// Common random numbers: under one seed, request i is long under both distributions or neither.
RC_GTEST_PROP(LengthSampler, RisesWithTheMeanForEachRequest, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto shorter = sample(lognormal_length(500, 2000), 50, seed);
  const auto longer = sample(lognormal_length(800, 3200), 50, seed);
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    RC_ASSERT(shorter[i] <= longer[i]);
  }
}

}  // namespace
}  // namespace kvsim::workload
