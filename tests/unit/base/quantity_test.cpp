#include "sim/base/quantity.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "sim/base/ids.hpp"

namespace kvsim {
namespace {

using namespace literals;

static_assert(1_KiB == Bytes(1024) && 1_MiB == Bytes(1'048'576) && 1_GiB == Bytes(1'073'741'824));
static_assert(1_GB == Bytes(1'000'000'000));
static_assert(1_GiB - 1_GB == 73'741'824_B);  // the 7 % between GiB and GB
static_assert(80_GiB > 80_GB);
static_assert(sizeof(Bytes) == 8 && sizeof(Seconds) == 8);
static_assert(!std::is_convertible_v<std::int64_t, Bytes> && !std::is_convertible_v<Bytes, Tokens>);

TEST(Quantity, AddsScalesAndComparesWithItsOwnKind) {
  Bytes total = 3_KiB + 1_KiB;
  total += 4_KiB;
  total -= 1_KiB;
  EXPECT_EQ(total, 7_KiB);
  EXPECT_EQ(total * 2, 14_KiB);
  EXPECT_EQ(2 * total, 14_KiB);
  EXPECT_EQ(total / 7, 1_KiB);
  EXPECT_LT(1_KiB, total);
}

// H100 SXM: 3.35 TB/s, so 80 GB take 80/3350 s = 23.88 ms.
TEST(Quantity, BytesOverBandwidthAreSeconds) {
  const Seconds read = 80_GB / BytesPerSecond(3.35e12);
  EXPECT_NEAR(read.value(), 0.0238805970, 1e-10);
}

// A 4096 x 4096 x 4096 product has 2·4096³ = 1.374e11 FLOPs: 139 us at 989 TFLOP/s.
TEST(Quantity, FlopsOverComputeRateAreSeconds) {
  const Seconds product = Flops(2.0 * 4096 * 4096 * 4096) / FlopsPerSecond(989e12);
  EXPECT_NEAR(product.value(), 138.97e-6, 0.01e-6);
}

// Llama-3-70B, GQA: 80 layers · 8 kv heads · 128 dim · 2 (K and V) · 2 B = 327 680 B per token.
TEST(Quantity, BytesPerTokenTimesTokensAreBytes) {
  const BytesPerToken each = 80_KiB * 4 / 1_tok;
  EXPECT_EQ(each, BytesPerToken(327'680));
  EXPECT_EQ(each * 1000_tok, Bytes(327'680'000));
  EXPECT_EQ(1000_tok * each, each * 1000_tok);
}

TEST(Id, OrdersAndComparesByValue) {
  EXPECT_EQ(RequestId(3), RequestId(3));
  EXPECT_LT(RequestId(3), RequestId(4));
  EXPECT_EQ(SlotId().value(), 0U);
  static_assert(!std::is_convertible_v<RequestId, ReplicaId>);
  static_assert(!std::is_constructible_v<SlotId, RequestId>);
}

}  // namespace
}  // namespace kvsim
