// Error bars of prices: how wide they are, and what a draw does to a step.
#include "sim/cost/price_draw.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "shapes.hpp"
#include "sim/cost/operator_time.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/model/traffic.h"

namespace kvsim::cost {
namespace {

const std::vector<model::Span> kFull{model::Span{}};
constexpr double kRootHalfPi = 1.2533141373155003;  // of a normal error: deviation over mean size

spec::CardSpec with_error(spec::CardSpec card, double mape) {
  card.residuals.all.mape = mape;
  return card;
}

ChosenCard own(spec::CardSpec card) { return {card, card.provenance, card.residuals.all.mape}; }

// 1 MB of weights and nothing else: at 80 % of 3.35 TB/s 0.373 us beside the launch.
model::Operator product() {
  model::Operator op;
  op.name = "product";
  op.weight_bytes = 1'000'000;
  return op;
}

PriceSpread spread_of(const ChosenCard& chosen, std::string_view stack = "") {
  return price_spread(product(), chosen, test::h100(), stack, kFull);
}

TEST(PriceSpread, OfACardIsItsErrorOnShapesThatWereHeldOut) {
  const auto card = with_error(test::streaming_card(spec::CardOperator::Gemm, 1, 0.8, 0.5), 0.04);
  EXPECT_DOUBLE_EQ(spread_of(own(card)).own, 0.04 * kRootHalfPi);
  EXPECT_EQ(spread_of(own(card)).common, 0);
}

// launch = 1 us, known to 0.1 us; t = 1 + 1 MB/(0.8 · 3.35 TB/s) = 1.3731 us. ln t moves by
// 0.1/1.3731 = 0.07283: common to all that use the card, and taken out of the 0.1 · 1.2533 that
// held-out rows are off by.
TEST(PriceSpread, SharesWhatTheParametersAreUnsureOf) {
  spec::CardSpec card =
      with_error(test::streaming_card(spec::CardOperator::Gemm, 1, 0.8, 0.5), 0.1);
  card.covariance = spec::CardCovariance{{"launch"}, {1e-14}};
  const PriceSpread spread = spread_of(own(card));
  EXPECT_NEAR(spread.common, 0.07283, 2e-5);
  EXPECT_NEAR(std::hypot(spread.common, spread.own), 0.1 * kRootHalfPi, 1e-12);
}

// A covariance that says more than held-out rows do (a fit that does not determine its parameters)
// adds nothing: the rows have been off by no more.
TEST(PriceSpread, IsNeverWiderThanHeldOutRowsForTheParametersSake) {
  spec::CardSpec card =
      with_error(test::streaming_card(spec::CardOperator::Gemm, 1, 0.8, 0.5), 0.03);
  card.covariance = spec::CardCovariance{{"launch"}, {1e-12}};
  const PriceSpread spread = spread_of(own(card));
  EXPECT_DOUBLE_EQ(spread.common, 0.03 * kRootHalfPi);
  EXPECT_EQ(spread.own, 0);
}

// 5 % on its own GPU, 13 % here: √(13² − 5²) = 12 % are the other GPU's.
TEST(PriceSpread, OfALentCardGrowsByTheLending) {
  const auto card = with_error(test::streaming_card(spec::CardOperator::Gemm, 1, 0.8, 0.5), 0.05);
  const PriceSpread spread = spread_of({card, spec::Provenance::Extrapolated, 0.13});
  EXPECT_NEAR(spread.common, 0.12 * kRootHalfPi, 1e-12);
  EXPECT_NEAR(spread.own, 0.05 * kRootHalfPi, 1e-12);
}

TEST(PriceSpread, OfACardThatNobodyMeasuredIsThatOfADatasheet) {
  const auto card = test::streaming_card(spec::CardOperator::Gemm, 1, 0.8, 0.5);
  EXPECT_NEAR(spread_of(own(card)).common, 0.24 * kRootHalfPi, 1e-12);
}

TEST(PriceSpread, GrowsWithTheDistanceOfTheStack) {
  constexpr auto kMoe = spec::CardOperator::Moe;
  constexpr auto kGemm = spec::CardOperator::Gemm;
  EXPECT_EQ(stack_error("vllm-0.24.0", "vllm-0.24.0", kMoe, false), 0);
  EXPECT_EQ(stack_error("vllm-0.24.0", "vllm-0.23.1", kMoe, false), 0.11);
  EXPECT_EQ(stack_error("vllm-0.24.0", "vllm-0.10.2", kMoe, true), 0.11);
  EXPECT_EQ(stack_error("trtllm-1.3.0rc20", "vllm-0.24.0", kMoe, false), 0.16);
  EXPECT_EQ(stack_error("trtllm-1.3.0rc20", "vllm-0.24.0", kMoe, true), 0.35);
  EXPECT_EQ(stack_error("trtllm-1.3.0rc20", "vllm-0.24.0", kGemm, false), 0.05);  // cuBLAS' both
  EXPECT_EQ(stack_error("trtllm-1.3.0rc20", "vllm-0.24.0", kGemm, true), 0.35);
  EXPECT_EQ(stack_error("nccl-2.29.2", "vllm-0.24.0", kMoe, false), 0);  // the link decides
  EXPECT_EQ(stack_error("", "vllm-0.24.0", kMoe, false), 0);             // of none in particular
  EXPECT_EQ(stack_error("mine", "vllm-0.24.0", kMoe, false), 0.16);
}

TEST(PriceSpread, OfTheHostGrowsWithTheDistanceOfTheStackToo) {
  spec::CardSpec card = test::host_card(0, 1000, 0);
  card.stack = "vllm-0.24.0";
  EXPECT_EQ(host_spread(own(card), "vllm-0.24.0"), std::log(1.5));
  EXPECT_EQ(host_spread(own(card), ""), std::log(1.5));
  EXPECT_EQ(host_spread(own(card), "vllm-0.10.2"), 0.53);
  EXPECT_EQ(host_spread(own(card), "sglang-0.5.1"), 0.9);
  EXPECT_EQ(host_spread(own(with_error(card, 0)), "vllm-0.24.0"), 0);
}

struct Moments {
  double mean = 0, deviation = 0;
};

template <class Value>
Moments moments_of_draws(int draws, const Value& value) {
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < draws; ++i) {
    const double each = value(spec::PriceDraw{7, static_cast<std::uint64_t>(i)});
    sum += each;
    squares += each * each;
  }
  const double mean = sum / draws;
  return {mean, std::sqrt(squares / draws - mean * mean)};
}

// Of 4000 draws the mean is known to σ/√4000 and the deviation to σ/√8000; five of them are given.
TEST(PriceFactor, SpreadsTheLogarithmOfATimeAsAsked) {
  const double sigma = std::hypot(0.03, 0.04);
  const Moments moments = moments_of_draws(4000, [](const spec::PriceDraw& draw) {
    return std::log(price_factor(draw, "card", "op", {0.03, 0.04}));
  });
  EXPECT_NEAR(moments.mean, 0, 5 * sigma / std::sqrt(4000));
  EXPECT_NEAR(moments.deviation, sigma, 5 * sigma / std::sqrt(8000));
}

// ln a − ln b of one card: the common part cancels, √2 · 0.04 is left. Of two cards: √2 · 0.05.
TEST(PriceFactor, MovesTheOperatorsOfOneCardTogether) {
  const auto difference = [](std::string_view a, std::string_view b) {
    return moments_of_draws(4000, [&](const spec::PriceDraw& draw) {
      return std::log(price_factor(draw, a, "x", {0.03, 0.04}) /
                      price_factor(draw, b, "y", {0.03, 0.04}));
    });
  };
  EXPECT_NEAR(difference("card", "card").deviation, std::sqrt(2) * 0.04, 0.0035);
  EXPECT_NEAR(difference("card", "other").deviation, std::sqrt(2) * 0.05, 0.0045);
}

spec::RunSpec drawn(std::uint64_t index) {
  spec::RunSpec run = test::tiny_run(1, 1, 1);
  run.model = test::llama_8b();
  run.draw = spec::PriceDraw{3, index};
  return run;
}

std::vector<spec::CardSpec> round_cards(double error) {
  std::vector<spec::CardSpec> cards = test::round_cards();
  for (spec::CardSpec& card : cards) {
    card = with_error(card, error);
  }
  return cards;
}

StepCost price(const std::vector<spec::CardSpec>& cards, const std::optional<spec::PriceDraw>& draw,
               const model::BatchShape& batch) {
  return StepPricer(test::llama_8b(), test::h100(), test::engine(), cards, draw).price(batch);
}

TEST(PriceDraw, OfCardsWithoutErrorChangesNothing) {
  const model::BatchShape batch = test::decode_batch(16, 16 * 1000);
  const StepCost plain = price(round_cards(0), std::nullopt, batch);
  const StepCost draw = price(round_cards(0), spec::PriceDraw{3, 1}, batch);
  EXPECT_TRUE(plain.time.first == draw.time.first);
  EXPECT_TRUE(plain.time.per_step == draw.time.per_step);
  EXPECT_TRUE(draw.truncated.first == 0);
}

// Only the host is off, by 5 %, and takes 10 ms beside the GPU's: what it takes spreads by that.
TEST(PriceDraw, SpreadsAStepAsItsOnlyUnsurePart) {
  std::vector<spec::CardSpec> cards = round_cards(0);
  cards.back() = with_error(test::host_card(10'000, 0, 0), 0.05);
  const model::BatchShape batch = test::decode_batch(1, 1);
  const double gpu =
      to_seconds(Duration(price(cards, std::nullopt, batch).time.first)).value() - 10e-3;
  const Moments moments = moments_of_draws(2000, [&](const spec::PriceDraw& draw) {
    const double step = to_seconds(Duration(price(cards, draw, batch).time.first)).value();
    return std::log((step - gpu) / 10e-3);
  });
  EXPECT_NEAR(moments.mean, 0, 5 * 0.0627 / std::sqrt(2000));
  EXPECT_NEAR(moments.deviation, 0.05 * kRootHalfPi, 5 * 0.0627 / std::sqrt(4000));
}

// Cards at 99.9 % of the peaks and without launches, off by 40 %: half of the draws ask for more
// than the GPU has. No step is faster than its bytes, and what was truncated is counted.
TEST(PriceDraw, IsTruncatedAtThePeaksOfTheGpu) {
  std::vector<spec::CardSpec> cards = round_cards(0.4);
  for (spec::CardSpec& card : cards) {
    card.streaming.launch = Duration();
    card.streaming.bandwidth_efficiency = card.streaming.compute_efficiency = 0.999;
  }
  const model::BatchShape batch = test::decode_batch(8, 8 * 4000);
  const StepPricer plain(test::llama_8b(), test::h100(), test::engine(), cards);
  const Duration rounding(100'000);  // of the slope, times 32 000 tokens
  int truncated = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const StepPricer pricer(test::llama_8b(), test::h100(), test::engine(), cards, drawn(i).draw);
    const std::vector<OperatorQuote> before = plain.quote(batch);
    const std::vector<OperatorQuote> quotes = pricer.quote(batch);
    Duration at_floor;
    for (std::size_t op = 0; op < quotes.size(); ++op) {
      EXPECT_GE(quotes[op].time + rounding, quotes[op].floor) << quotes[op].name;
      if (quotes[op].time < before[op].time && quotes[op].name != "decode_attention") {
        at_floor += quotes[op].time;
        ++truncated;
      }
    }
    const StepCost cost = pricer.price(batch);
    EXPECT_GE(cost.truncated.first, at_floor.attoseconds());
    EXPECT_LE(cost.truncated.first, cost.time.first);
  }
  EXPECT_GT(truncated, 50);
}

constexpr std::int64_t kWindow = 128;

// Decode attention, 8 KV heads of 128, that attends to the last 128 tokens.
model::Operator window_attention() {
  model::Operator op;
  op.name = "decode_attention";
  op.kind = model::OperatorKind::DecodeAttention;
  op.rows = model::RowsOf::DecodeSequences;
  op.bytes_per_row = traffic::decode_io_bytes(32, 128);
  op.kv_bytes_per_context_token = traffic::kv_bytes_per_token(8, 128, 2);
  op.tiles_per_sequence = 8;
  op.shape = {.query_heads = 32, .kv_heads = 8, .head_dim = 128};
  op.context_span = {model::SpanKind::Window, kWindow};
  return op;
}

// Both laws 1 % above what the peaks of an H100 allow: nearly every faster draw is truncated.
spec::CardSpec window_card(const model::Operator& op) {
  spec::CardSpec card;
  card.form = spec::CardForm::Decode;
  card.decode.bandwidth_efficiency = 0.99;
  const double bytes_of_full =
      static_cast<double>(op.bytes_per_row + kWindow * op.kv_bytes_per_context_token);
  const spec::GpuSpec gpu = test::h100();
  const double per_sequence = bytes_of_full / gpu.hbm.bandwidth.value() / 0.99;
  const double tiles_per_sm = 8.0 / static_cast<double>(gpu.streaming_multiprocessors);
  card.decode.window.emplace();
  card.decode.window->tokens = kWindow;
  card.decode.window->tile = to_duration(Seconds(per_sequence / tiles_per_sm));
  return card;
}

// Some windows full, others growing. Whatever the draw: no step is faster than its bytes, whether
// it is truncated stays the same along a line, and the line holds for as long as it says.
RC_GTEST_PROP(PriceDraw, LeavesWindowsOnTheirLineAndAboveTheFloor, ()) {
  const model::Operator op = window_attention();
  const ChosenCard chosen{window_card(op), spec::Provenance::Measured};
  const double factor = (0.5 + static_cast<double>(*rc::gen::inRange(30, 300))) / 100;
  const auto full = *rc::gen::inRange<std::int64_t>(0, 30);
  const auto growing = *rc::gen::inRange<std::int64_t>(full == 0 ? 1 : 0, 30);
  const auto context = *rc::gen::inRange<std::int64_t>(1, kWindow);
  const auto price = [&](std::int64_t step) {
    model::BatchShape batch;
    model::add_decode(batch, {op.context_span}, 1000, full);
    model::add_decode(batch, {op.context_span}, context + step, growing);
    return std::pair(operator_time(op, chosen, test::h100(), batch, factor), batch);
  };
  const auto [now, batch] = price(0);
  const std::int64_t last = std::min(now.steps_valid, kWindow - context) - 1;
  for (const std::int64_t step : {std::int64_t{0}, std::max<std::int64_t>(0, last)}) {
    const auto [later, then] = price(step);
    const Int128 tokens = then.spans[0].decode_context;
    const Duration time = later.constant + later.per_context_token * tokens;
    RC_ASSERT(time == now.constant + now.per_context_token * tokens);
    RC_ASSERT(later.truncated == now.truncated);
    const double floor = model::bytes_moved(op, then) / test::h100().hbm.bandwidth.value();
    RC_ASSERT(to_seconds(time).value() >= floor * (1 - 1e-6));
  }
  RC_ASSERT(now.truncated == (factor < 0.99));
}

TEST(PriceDraw, IsTheSameWhoeverAsksAndDiffersByIndex) {
  const model::BatchShape batch = test::decode_batch(8, 8 * 4000);
  const auto cards = round_cards(0.1);
  EXPECT_TRUE(price(cards, drawn(1).draw, batch).time.first ==
              price(cards, drawn(1).draw, batch).time.first);
  EXPECT_TRUE(price(cards, drawn(1).draw, batch).time.first !=
              price(cards, drawn(2).draw, batch).time.first);
}

}  // namespace
}  // namespace kvsim::cost
