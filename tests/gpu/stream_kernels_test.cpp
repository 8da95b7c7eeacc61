// Do the streaming kernels touch every byte once?
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "calibration/kernels/fill.cuh"
#include "calibration/kernels/streams.cuh"
#include "calibration/reference/attention.hpp"

namespace kvsim::test {
namespace {

using kernels::Copies;
using kernels::Wide;

std::vector<Wide> random_words(std::size_t wides) {
  std::mt19937 random(1);
  std::vector<Wide> words(wides);
  for (Wide& wide : words) {
    for (std::uint32_t& word : wide.word) {
      word = static_cast<std::uint32_t>(random());
    }
  }
  return words;
}

std::uint32_t fold_of(const std::vector<Wide>& words) {
  std::uint32_t all = 0;
  for (const Wide& wide : words) {
    all ^= kernels::fold(wide);
  }
  return all;
}

std::uint32_t fold_of(const std::vector<std::uint32_t>& folds) {
  return std::accumulate(folds.begin(), folds.end(), 0U, std::bit_xor<>());
}

TEST(ReadStream, FoldsEveryWordOnce) {
  for (const std::size_t wides : {1U, 63U, 64U, 512U, 1000U, 4097U}) {
    const auto words = random_words(wides);
    for (const int passes : {1, 3}) {
      std::vector<std::uint32_t> folds(2 * 64, 0xffffffffU);
      kernels::emulate(2, 64, 0, Copies::LandAtOnce, [&] {
        kernels::read_stream(words.data(), static_cast<std::int64_t>(wides), passes, folds.data());
      });
      EXPECT_EQ(fold_of(folds), fold_of(words)) << wides;
    }
  }
}

TEST(CopyStream, CopiesEveryWord) {
  for (const std::size_t wides : {1U, 255U, 1000U}) {
    const auto words = random_words(wides);
    std::vector<Wide> copy(wides);
    kernels::emulate(2, 64, 0, Copies::LandAtOnce, [&] {
      kernels::copy_stream(copy.data(), words.data(), static_cast<std::int64_t>(wides));
    });
    EXPECT_EQ(fold_of(copy), fold_of(words));
    EXPECT_EQ(copy.back().word[3], words.back().word[3]);
  }
}

TEST(ReadPages, FoldsTheNamedPagesOnce) {
  for (const std::size_t steps : {1U, 8U, 11U}) {  // of 512 bytes
    const std::size_t wides_of_page = steps * 32;
    const auto pool = random_words(wides_of_page * 7);
    const std::vector<int> table = {6, 0, 3, 2, 5};
    std::uint32_t expected = 0;
    for (const int page : table) {
      for (std::size_t i = 0; i < wides_of_page; ++i) {
        expected ^= kernels::fold(pool[static_cast<std::size_t>(page) * wides_of_page + i]);
      }
    }
    std::vector<std::uint32_t> folds(128);
    kernels::emulate(2, 64, 0, Copies::LandAtOnce, [&] {
      kernels::read_pages(pool.data(), table.data(), static_cast<int>(table.size()),
                          static_cast<int>(steps * 512), folds.data());
    });
    EXPECT_EQ(fold_of(folds), expected) << steps;
  }
}

// Four uniform bytes: mean 0, variance 4·(256^2 - 1)/12/255^2 = 0.336, never beyond 2.
TEST(FillBf16, LooksRandom) {
  std::vector<std::uint32_t> pairs(20000);
  kernels::emulate(1, 64, 0, Copies::LandAtOnce, [&] {
    kernels::fill_bf16(pairs.data(), static_cast<std::int64_t>(pairs.size()), 7);
  });
  double sum = 0;
  double squares = 0;
  for (const std::uint32_t pair : pairs) {
    for (const float value : {kernels::low_half(pair), kernels::high_half(pair)}) {
      EXPECT_LE(std::abs(value), 2.0F);
      sum += static_cast<double>(value);
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
  }
  EXPECT_NEAR(sum / 40000, 0, 0.015);
  EXPECT_NEAR(squares / 40000, 0.336, 0.01);
}

TEST(FillE4m3, IsFiniteAndSmall) {
  std::vector<std::uint32_t> words(500);
  kernels::emulate(1, 32, 0, Copies::LandAtOnce, [&] {
    kernels::fill_e4m3(words.data(), static_cast<std::int64_t>(words.size()), 7);
  });
  for (const std::uint32_t word : words) {
    for (int byte = 0; byte < 4; ++byte) {
      EXPECT_LT(std::abs(reference::e4m3_value(static_cast<std::uint8_t>(word >> (8 * byte)))), 2);
    }
  }
}

}  // namespace
}  // namespace kvsim::test
