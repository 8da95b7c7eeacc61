#include "sim/cost/step_pricer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes.hpp"

namespace kvsim::cost {
namespace {

model::BatchShape decode(std::int64_t sequences, std::int64_t context) {
  return test::decode_batch(sequences, context);
}

spec::CardSpec limited_card(spec::CardSpec card, std::int64_t max_context) {
  card.domain.max_context = max_context;
  return card;
}

// k steps later each sequence is k tokens longer: the line through the first two steps must hit
// every step it is valid for, in every sum, to the attosecond.
RC_GTEST_PROP(StepPricer, LineHoldsForAsManyStepsAsItSays, ()) {
  std::vector<spec::CardSpec> cards = test::round_cards();
  cards[2] = limited_card(cards[2], *rc::gen::inRange<std::int64_t>(1, 4000));
  cards.back() = test::host_card(100, *rc::gen::inRange(0, 20'000), 5);
  spec::EngineSpec engine = test::engine();
  engine.async_scheduling = *rc::gen::arbitrary<bool>();
  const StepPricer pricer(test::llama_8b(), test::h100(), engine, cards);
  const auto n = *rc::gen::inRange<std::int64_t>(1, 64);
  const auto context = n * *rc::gen::inRange<std::int64_t>(1, 3000);
  const StepCost cost = pricer.price(decode(n, context));
  RC_ASSERT(cost.steps_valid >= 1);
  const std::int64_t last = std::min<std::int64_t>(cost.steps_valid - 1, 5000);
  for (const std::int64_t k : {std::int64_t{0}, last / 2, last}) {
    const StepCost later = pricer.price(decode(n, context + n * k));
    RC_ASSERT(later.time.first == cost.time.first + k * cost.time.per_step);
    for (std::size_t i = 0; i < cost.in_bucket.size(); ++i) {
      RC_ASSERT(later.in_bucket[i].first ==
                cost.in_bucket[i].first + k * cost.in_bucket[i].per_step);
    }
    for (std::size_t i = 0; i < cost.by_provenance.size(); ++i) {
      RC_ASSERT(later.by_provenance[i].first ==
                cost.by_provenance[i].first + k * cost.by_provenance[i].per_step);
    }
  }
}

// Beyond the last valid step something is different: the break points are not too cautious by
// more than the step at which host and GPU are level.
TEST(StepPricer, DomainEndsWhereTheMeanContextDoes) {
  std::vector<spec::CardSpec> cards = test::round_cards();
  cards[2] = limited_card(cards[2], 1000);
  const StepPricer pricer(test::llama_8b(), test::h100(), test::engine(), cards);
  const StepCost cost = pricer.price(decode(4, 4 * 900));
  EXPECT_EQ(cost.steps_valid, 101);  // contexts 900, ..., 1000
  const auto extrapolated = static_cast<std::size_t>(spec::Provenance::Extrapolated);
  EXPECT_TRUE(pricer.price(decode(4, 4 * 1000)).by_provenance[extrapolated].first == 0);
  EXPECT_TRUE(pricer.price(decode(4, 4 * 1001)).by_provenance[extrapolated].first > 0);
}

model::BatchShape chunks_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& chunks) {
  model::BatchShape batch;
  for (const auto& [cached, tokens] : chunks) {
    model::add_prefill(batch, {model::Span{}}, cached, tokens);
  }
  batch.padded_tokens = batch.prefill_tokens;
  return batch;
}

// Attention of chunks was sampled for prompts of up to 1000 tokens; everything else is priced as in
// the domain. 600 tokens after 400 attend to 1000 at most, after 401 to 1001; and of two chunks the
// longer one decides, although their mean is 505.5. The price is the law's in any case.
TEST(StepPricer, DomainEndsWhereTheLongestChunkDoes) {
  std::vector<spec::CardSpec> cards = test::round_cards();
  const StepPricer anywhere(test::llama_8b(), test::h100(), test::engine(), cards);
  cards[4] = limited_card(cards[4], 1000);
  const StepPricer pricer(test::llama_8b(), test::h100(), test::engine(), cards);
  const auto outside = [&](const model::BatchShape& batch) {
    const StepCost cost = pricer.price(batch);
    EXPECT_TRUE(cost.time.first == anywhere.price(batch).time.first);
    return cost.by_provenance[static_cast<std::size_t>(spec::Provenance::Extrapolated)].first;
  };
  EXPECT_TRUE(outside(chunks_of({{0, 1000}})) == 0);
  EXPECT_TRUE(outside(chunks_of({{400, 600}})) == 0);
  EXPECT_TRUE(outside(chunks_of({{401, 600}})) > 0);
  EXPECT_TRUE(outside(chunks_of({{0, 1001}})) > 0);
  EXPECT_TRUE(outside(chunks_of({{401, 600}, {0, 10}})) > 0);
  EXPECT_TRUE(outside(chunks_of({{0, 900}, {0, 900}})) == 0);
  for (const OperatorQuote& quote : pricer.quote(chunks_of({{0, 1001}}))) {
    EXPECT_EQ(quote.provenance == spec::Provenance::Extrapolated, quote.name == "prefill_attention")
        << quote.name;
  }
}

// A state stands for all tokens before the chunk: what came before it is nothing to the kernel, how
// long it is itself is. Of several chunks their mean decides, as in the law: (1500 + 400)/2 = 950.
TEST(StepPricer, DomainOfLinearAttentionIsTheChunksOwnLength) {
  spec::CardSpec card = test::streaming_card(spec::CardOperator::PrefillLinear, 1, 0.8, 0.5);
  card.domain.max_context = 1000;
  model::Operator op;
  op.kind = model::OperatorKind::PrefillLinear;
  op.rows = model::RowsOf::PrefillTokens;
  op.bytes_per_row = 1024;
  const auto tag = [&](const model::BatchShape& batch) {
    return operator_time(op, {card, spec::Provenance::Measured}, test::h100(), batch).provenance;
  };
  EXPECT_EQ(tag(chunks_of({{50'000, 1000}})), spec::Provenance::Measured);
  EXPECT_EQ(tag(chunks_of({{0, 1500}, {0, 400}})), spec::Provenance::Measured);
  EXPECT_EQ(tag(chunks_of({{0, 1001}})), spec::Provenance::Extrapolated);
}

TEST(StepPricer, TimeIsTheSumOfItsParts) {
  const StepPricer pricer(test::deepseek_v3(), test::h200(), test::engine(), test::round_cards());
  const StepCost cost = pricer.price(decode(32, 32 * 4096));
  Int128 buckets = 0;
  Int128 tags = 0;
  Int128 cards = 0;
  for (const Affine& line : cost.in_bucket) {
    buckets += line.first;
  }
  for (const Affine& line : cost.by_provenance) {
    tags += line.first;
  }
  for (const Affine& line : cost.by_card) {
    cards += line.first;
  }
  EXPECT_TRUE(buckets == cost.time.first);
  EXPECT_TRUE(tags == cost.time.first);
  EXPECT_TRUE(cards == cost.time.first);
}

// Host 10 ms beside a GPU step of a few ms: async takes the longer, sync takes both.
TEST(StepPricer, AsyncSchedulingHidesTheHostBehindTheGpu) {
  const auto step = [](bool async, double host_us) {
    std::vector<spec::CardSpec> cards = test::round_cards();
    cards.back() = test::host_card(350, host_us, 0);
    spec::EngineSpec engine = test::engine();
    engine.async_scheduling = async;
    const StepPricer pricer(test::llama_8b(), test::h100(), engine, cards);
    return pricer.price(decode(1, 1000)).time.first;
  };
  const Int128 us = 1'000'000'000'000;
  const Int128 gpu = step(true, 0) - 350 * us;
  EXPECT_TRUE(step(true, 10'000) == (350 + 10'000) * us);
  EXPECT_TRUE(step(true, 10) == gpu + 350 * us);
  EXPECT_TRUE(step(false, 10'000) == gpu + (350 + 10'000) * us);
}

TEST(CardBook, PrefersTheBestEvidenceThenTheOwnStack) {
  spec::CardSpec other = test::streaming_card(spec::CardOperator::Gemm, 1, 0.5, 0.5);
  other.name = "a";
  other.gpus = {"h100-sxm"};
  other.stack = "sglang";
  spec::CardSpec own = other;
  own.name = "b";
  own.stack = "vllm";
  spec::CardSpec elsewhere = own;
  elsewhere.name = "c";
  elsewhere.provenance = spec::Provenance::FittedElsewhere;
  const CardBook book({elsewhere, other, own}, test::h100(), "vllm");
  EXPECT_EQ(book.choose(spec::CardOperator::Gemm, spec::Dtype::Bf16).card.name, "b");
  const CardBook without({elsewhere, other}, test::h100(), "vllm");
  EXPECT_EQ(without.choose(spec::CardOperator::Gemm, spec::Dtype::Bf16).card.name, "a");
}

// No card is of this very stack: the same framework's nearest version prices it, not the first
// name.
TEST(CardBook, NearestVersionOfTheFrameworkStandsIn) {
  const auto card = [](const std::string& stack) {
    spec::CardSpec made = test::streaming_card(spec::CardOperator::Gemm, 1, 0.5, 0.5);
    made.name = "gemm/" + stack;
    made.gpus = {"h100-sxm"};
    made.stack = stack;
    return made;
  };
  const auto chosen = [&](const std::string& stack) {
    const CardBook book(
        {card("sglang-0.5.14"), card("vllm-0.24.0"), card("vllm-0.11.2"), card("trtllm-1.3.0rc20")},
        test::h100(), stack);
    return book.choose(spec::CardOperator::Gemm, spec::Dtype::Bf16).card.stack;
  };
  EXPECT_EQ(chosen("vllm-0.12.0"), "vllm-0.11.2");
  EXPECT_EQ(chosen("vllm-0.19.0"), "vllm-0.24.0");
  EXPECT_EQ(chosen("trtllm-1.3.0rc1"), "trtllm-1.3.0rc20");
  EXPECT_EQ(chosen("vllm"), "vllm-0.11.2");
  EXPECT_EQ(chosen("lmdeploy-0.9"), "sglang-0.5.14");
}

TEST(CardBook, CardOfAnotherGpuIsExtrapolated) {
  spec::CardSpec card = test::streaming_card(spec::CardOperator::Gemm, 1, 0.5, 0.5);
  card.gpus = {"h100-sxm"};
  card.transfer_to = {"h200-sxm"};
  const CardBook book({card}, test::h200(), "");
  EXPECT_EQ(book.choose(spec::CardOperator::Gemm, spec::Dtype::Bf16).provenance,
            spec::Provenance::Extrapolated);
}

// An L40S has no card: of two that may be borrowed the nearer GPU's is taken, its peaks replaced.
TEST(CardBook, NearestGpuLendsItsCard) {
  spec::CardSpec far = test::streaming_card(spec::CardOperator::Gemm, 1, 0.5, 0.5);
  far.name = "a";
  far.gpus = {"h100-sxm"};
  far.measured_on = spec::CardGpu{"nvidia", BytesPerSecond(3.35e12), FlopsPerSecond(989e12), 132,
                                  BytesPerSecond(450e9)};
  spec::CardSpec near = far;
  near.name = "b";
  near.gpus = {"a100"};
  near.measured_on = spec::CardGpu{"nvidia", BytesPerSecond(2.039e12), FlopsPerSecond(312e12), 108,
                                   BytesPerSecond(300e9)};
  spec::GpuSpec gpu = test::h100();
  gpu.name = "l40s";
  gpu.hbm.bandwidth = BytesPerSecond(0.864e12);
  gpu.peak.bf16 = FlopsPerSecond(362e12);
  gpu.nvlink_bandwidth.reset();
  const CardBook book({far, near}, gpu, "");
  const ChosenCard chosen = book.choose(spec::CardOperator::Gemm, spec::Dtype::Bf16);
  EXPECT_EQ(chosen.card.name, "b");
  EXPECT_EQ(chosen.provenance, spec::Provenance::Extrapolated);
  gpu.vendor = "amd";
  EXPECT_EQ(
      CardBook({far, near}, gpu, "").choose(spec::CardOperator::Gemm, spec::Dtype::Bf16).provenance,
      spec::Provenance::Datasheet);
}

// A card that was 2 % off at home and 20 % on the A100, at u = ln²(3.35/2.039) + ln²(989/312) +
// ln²(132/108) = 0.2465 + 1.3308 + 0.0403 = 1.6176 from it. An H200 is at ln²(4.8/3.35) = 0.1293:
// sqrt(0.02² + 0.2²·0.1293/1.6176) = 6.0 %; an L40S, at ln²(3.35/0.864) + ln²(989/362) +
// ln²(142/132) = 2.857, is further than what was measured: sqrt(0.02² + 0.2²) = 20.1 %.
TEST(CardBook, LentCardsHaveWiderErrors) {
  spec::CardSpec card = test::streaming_card(spec::CardOperator::Gemm, 1, 0.5, 0.5);
  card.name = "h100";
  card.gpus = {"h100-sxm"};
  card.measured_on = spec::CardGpu{"nvidia", BytesPerSecond(3.35e12), FlopsPerSecond(989e12), 132,
                                   BytesPerSecond(450e9)};
  card.residuals.all.mape = 0.02;
  spec::CardSpec a100 = card;
  a100.name = "a100";
  a100.op = spec::CardOperator::Moe;  // only its peaks are asked for
  a100.gpus = {"a100-80gb-sxm"};
  a100.measured_on = spec::CardGpu{"nvidia", BytesPerSecond(2.039e12), FlopsPerSecond(312e12), 108,
                                   BytesPerSecond(300e9)};
  card.residuals.groups.push_back({"transfer", "a100-80gb-sxm", {}});
  card.residuals.groups.back().errors.mape = 0.2;
  const auto error_on = [&](const spec::GpuSpec& gpu) {
    return CardBook({card, a100}, gpu, "")
        .choose(spec::CardOperator::Gemm, spec::Dtype::Bf16)
        .error;
  };
  EXPECT_EQ(error_on(test::h100()), 0.02);
  spec::GpuSpec h200 = test::h100();
  h200.name = "h200-sxm";
  h200.hbm.bandwidth = BytesPerSecond(4.8e12);
  EXPECT_NEAR(error_on(h200).value(), 0.060, 5e-4);
  spec::GpuSpec l40s = test::h100();
  l40s.name = "l40s";
  l40s.hbm.bandwidth = BytesPerSecond(0.864e12);
  l40s.peak.bf16 = FlopsPerSecond(362e12);
  l40s.streaming_multiprocessors = 142;
  EXPECT_NEAR(error_on(l40s).value(), 0.201, 5e-4);
  // Experts without a transfer of their own expect that of products: sqrt(0.05² +
  // 0.2²·0.1293/1.6176).
  spec::CardSpec experts = card;
  experts.name = "experts";
  experts.op = spec::CardOperator::Moe;
  experts.residuals = {};
  experts.residuals.all.mape = 0.05;
  const auto error_of_experts = [&] {
    return CardBook({card, a100, experts}, h200, "")
        .choose(spec::CardOperator::Moe, spec::Dtype::Bf16)
        .error;
  };
  EXPECT_NEAR(error_of_experts().value(), 0.0756, 5e-4);
  experts.residuals.all.mape.reset();
  EXPECT_FALSE(error_of_experts());
  EXPECT_FALSE(CardBook({}, l40s, "").choose(spec::CardOperator::Gemm, spec::Dtype::Bf16).error);
}

// A GPU with a card for element-wise kernels only: it prices embedding and sampling as well, before
// another GPU's own card for them does.
TEST(CardBook, SmallKernelsStandInForEachOther) {
  spec::CardSpec small = test::streaming_card(spec::CardOperator::ElementWise, 1, 0.5, 0.5);
  small.name = "small";
  small.gpus = {"h100-sxm"};
  spec::CardSpec sampling = small;
  sampling.name = "sampling";
  sampling.op = spec::CardOperator::Sampling;
  sampling.gpus = {"rtx"};
  sampling.measured_on = spec::CardGpu{"nvidia", BytesPerSecond(1e12), FlopsPerSecond(165e12), 128,
                                       BytesPerSecond(32e9)};
  const auto chosen = [&](spec::CardOperator op) {
    return CardBook({small, sampling}, test::h100(), "").choose(op, spec::Dtype::Bf16).card.name;
  };
  EXPECT_EQ(chosen(spec::CardOperator::Sampling), "small");
  EXPECT_EQ(chosen(spec::CardOperator::Embedding), "small");
  sampling.gpus = {"h100-sxm"};
  EXPECT_EQ(chosen(spec::CardOperator::Sampling), "sampling");
}

TEST(CardBook, DatasheetIsTheLastResort) {
  const CardBook book({}, test::h100(), "");
  const ChosenCard gemm = book.choose(spec::CardOperator::Gemm, spec::Dtype::Bf16);
  EXPECT_EQ(gemm.provenance, spec::Provenance::Datasheet);
  EXPECT_EQ(gemm.card.streaming.bandwidth_efficiency, 0.8);
  EXPECT_EQ(
      book.choose(spec::CardOperator::AllReduce, spec::Dtype::Bf16, 6).card.collective.rows[0].gpus,
      6);
}

}  // namespace
}  // namespace kvsim::cost
