// Forms of cards against sums done by hand.
#include "sim/cost/call_time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "shapes.hpp"
#include "sim/cost/operator_time.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/model/gemm.hpp"
#include "sim/model/step.hpp"
#include "sim/model/traffic.h"

namespace kvsim::cost {
namespace {

Duration us(double value) { return to_duration(Seconds(value * 1e-6)); }

// Decode attention of `heads` query and `kv_heads` KV heads of 128, bf16.
model::Operator attention(std::int64_t heads, std::int64_t kv_heads) {
  model::Operator op;
  op.name = "decode_attention";
  op.kind = model::OperatorKind::DecodeAttention;
  op.rows = model::RowsOf::DecodeSequences;
  op.bytes_per_row = traffic::decode_io_bytes(heads, 128);
  op.kv_bytes_per_context_token = traffic::kv_bytes_per_token(kv_heads, 128, 2);
  op.flops_per_context_token = traffic::attention_flops(heads, 128, 128);
  op.tiles_per_sequence = kv_heads;
  op.shape.query_heads = heads;
  op.shape.kv_heads = kv_heads;
  op.shape.head_dim = 128;
  return op;
}

// A fit to FlashAttention-3 on an H100 (vLLM 0.24 tables of aiconfigurator@095f58a).
spec::CardSpec decode_card() {
  spec::CardSpec card;
  card.name = "decode";
  card.form = spec::CardForm::Decode;
  card.decode.launch = us(10.52);
  card.decode.log_context = us(0.804);
  card.decode.per_sequence = us(0.00537);
  card.decode.bandwidth_efficiency = 0.9549;
  card.decode.gather_bytes = 0.073;
  card.decode.tile = us(2.640);
  card.decode.tile_exponent = 0.8;
  card.decode.tile_floor = us(2.050);
  card.decode.tile_floor_width = us(1.381);
  return card;
}

// 64 sequences of 2048 tokens, 32 query and 8 KV heads: w = 512/132 = 3.879 tiles per SM.
//   10.52 + 0.804·4 (2048 = 128·2^4: k + x/2^k − 1 = 4) + 0.344 + io 64·32·128·4/3.199e6 = 0.328
//   + max(3.431·3.879 = 13.31, 2.640·3.879^0.8 = 7.81 + 64·2048·4096.07/3.199e6 = 167.8)
//   = 190.0 us; the table has 188.6.
TEST(DecodeForm, SumOfItsParts) {
  const model::BatchShape batch = test::decode_batch(64, 64 * 2048);
  const double seconds = call_seconds(attention(32, 8), decode_card(), test::h100(), batch);
  EXPECT_NEAR(seconds * 1e6, 190.0, 0.1);
}

// The same in whole attoseconds, when the simulator prices one call.
TEST(DecodeForm, SimulatorPricesWhatTheFitPredicts) {
  const model::BatchShape batch = test::decode_batch(7, 7 * 300);
  const ChosenCard chosen{decode_card(), spec::Provenance::FittedElsewhere};
  const OperatorTime time = operator_time(attention(32, 8), chosen, test::h100(), batch);
  const Duration whole = time.constant + time.per_context_token * (7 * 300);
  EXPECT_NEAR(to_seconds(whole).value(),
              call_seconds(attention(32, 8), decode_card(), test::h100(), batch), 5e-15);
}

// Little context: a tile takes its least time, whatever it reads.
TEST(DecodeForm, ShortContextsCostATilesFloor) {
  const auto at = [](std::int64_t context) {
    return call_seconds(attention(32, 8), decode_card(), test::h100(),
                        test::decode_batch(64, 64 * context));
  };
  EXPECT_DOUBLE_EQ(at(1), at(40));
  EXPECT_GT(at(4000), at(40));
}

// The time of a run of steps is a line for as long as the operator says, in every integer.
RC_GTEST_PROP(DecodeForm, LineHoldsForAsManyStepsAsItSays, ()) {
  const std::int64_t kv_heads = *rc::gen::element<std::int64_t>(1, 2, 8, 32);
  model::Operator op = attention(32, kv_heads);
  op.calls = *rc::gen::inRange<std::int64_t>(1, 80);
  const auto n = *rc::gen::inRange<std::int64_t>(1, 300);
  const auto context = n * *rc::gen::inRange<std::int64_t>(1, 3000) + *rc::gen::inRange(0, 50);
  const ChosenCard chosen{decode_card(), spec::Provenance::FittedElsewhere};
  const auto price = [&](std::int64_t k) {
    const OperatorTime time =
        operator_time(op, chosen, test::h100(), test::decode_batch(n, context + n * k));
    return (time.constant + time.per_context_token * (context + n * k)).attoseconds();
  };
  const OperatorTime now = operator_time(op, chosen, test::h100(), test::decode_batch(n, context));
  RC_ASSERT(now.steps_valid >= 1);
  const std::int64_t last = std::min<std::int64_t>(now.steps_valid - 1, 3000);
  const Int128 slope = now.per_context_token.attoseconds() * n;
  for (const std::int64_t k : {std::int64_t{0}, last / 3, last / 2, last}) {
    RC_ASSERT(price(k) == price(0) + slope * k);
  }
}

// Contexts of 1000, 1000 and 4000 tokens: the longest is 4000, the others fall short of it by 6000
// together. 3·8 tiles on 132 SMs: α = min(1, 0.2·132/24) = 1, of 4096 B at 3.199 TB/s per token.
TEST(DecodeForm, UnequalContextsWaitForTheLongest) {
  spec::CardSpec card = decode_card();
  model::BatchShape batch;
  for (const std::int64_t context : {1000, 1000, 4000}) {
    model::add_decode(batch, {model::Span{}}, context);
  }
  const double even = call_seconds(attention(32, 8), card, test::h100(), batch);
  card.decode.skew = spec::SkewForm{0.2, 0, 0.6};
  const double uneven = call_seconds(attention(32, 8), card, test::h100(), batch);
  EXPECT_NEAR((uneven - even) * 1e6, 6000 * 4096.073 / (0.9549 * 3.35e6), 1e-3);
}

// What a macro step relies on: in every architecture, with every term of the form and unequal
// contexts, the first two steps say what all steps take until steps_valid ends.
RC_GTEST_PROP(DecodeForm, StepsOfEveryArchitectureAreALine, ()) {
  const spec::ModelSpec model = *rc::gen::elementOf(test::tiny_variants());
  spec::CardSpec card = decode_card();
  card.decode.skew = spec::SkewForm{0.2, 0.1, 0.6};
  card.decode.log_from = 16;
  card.decode.window = spec::WindowForm{16, us(12), us(3), us(2), 0.9};
  std::vector<spec::CardSpec> cards = test::round_cards();
  for (const auto op : {spec::CardOperator::DecodeAttention, spec::CardOperator::DecodeAttentionMla,
                        spec::CardOperator::DecodeAttentionSparse}) {
    std::erase_if(cards, [&](const spec::CardSpec& each) { return each.op == op; });
    card.op = op;
    card.name = std::string(spec::name_of(op, spec::kCardOperatorNames));
    card.gpus = {"any"};
    cards.push_back(card);
  }
  const StepPricer pricer(model, test::h100(), test::engine(), cards);
  const auto contexts = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 300)));
  const auto price = [&](std::int64_t later) {
    model::BatchShape batch;
    for (const std::int64_t context : contexts) {
      model::add_decode(batch, pricer.graph().spans, context + later);
    }
    batch.padded_tokens = batch.decode_sequences;
    return pricer.price(batch);
  };
  const StepCost now = price(0);
  const std::int64_t last = std::min<std::int64_t>(now.steps_valid - 1, 400);
  for (const std::int64_t k : {std::int64_t{0}, last / 2, last}) {
    RC_ASSERT(price(k).time.first == now.time.first + now.time.per_step * k);
    RC_ASSERT(price(k).kv_bytes.first == now.kv_bytes.first + now.kv_bytes.per_step * k);
  }
}

// The law was fitted to full attention; windowed kernels are another path.
TEST(DecodeForm, WindowsAreExtrapolated) {
  model::Operator op = attention(32, 8);
  const ChosenCard chosen{decode_card(), spec::Provenance::FittedElsewhere};
  const model::BatchShape batch = test::decode_batch(4, 4 * 100);
  EXPECT_EQ(operator_time(op, chosen, test::h100(), batch).provenance,
            spec::Provenance::FittedElsewhere);
  op.context_span = {model::SpanKind::Window, 128};
  EXPECT_EQ(operator_time(op, chosen, test::h100(), batch).provenance,
            spec::Provenance::Extrapolated);
}

spec::CardSpec window_card() {
  spec::CardSpec card = decode_card();
  card.decode.window = spec::WindowForm{128, us(8.5), us(7), us(6), 1};
  return card;
}

double windowed(std::int64_t window, std::int64_t sequences, std::int64_t context) {
  model::Operator op = attention(32, 8);
  op.context_span = {model::SpanKind::Window, window};
  model::BatchShape batch;
  model::add_decode(batch, {op.context_span}, context, sequences);
  return 1e6 * call_seconds(op, window_card(), test::h100(), batch);
}

// w = 64·8/132 = 3.879: 8.5 + 6·3.879 = 31.77 us, however long the context; one sequence takes the
// least time, 8.5 + 7. A window of 1024 reads 896 tokens more of each: 64·896·4096.073/3.199e6 =
// 73.43 us. Windows that are not full are full attention.
TEST(WindowForm, FullWindowsHaveALawOfTheirOwn) {
  EXPECT_NEAR(windowed(128, 64, 200), 31.77, 0.01);
  EXPECT_EQ(windowed(128, 64, 200), windowed(128, 64, 100'000));
  EXPECT_NEAR(windowed(128, 1, 200), 15.5, 1e-9);
  EXPECT_NEAR(windowed(1024, 64, 5000), 31.77 + 73.43, 0.01);
  EXPECT_EQ(windowed(128, 64, 100),
            1e6 * call_seconds(attention(32, 8), decode_card(), test::h100(),
                               test::decode_batch(64, 64 * 100)));
}

// One of two windows is full: halfway between the two laws.
TEST(WindowForm, SharesOfFullWindowsAreBlended) {
  model::Operator op = attention(32, 8);
  op.context_span = {model::SpanKind::Window, 128};
  model::BatchShape batch;
  model::add_decode(batch, {op.context_span}, 100);
  model::add_decode(batch, {op.context_span}, 5000);
  const double plain =
      call_seconds(attention(32, 8), decode_card(), test::h100(), test::decode_batch(2, 228));
  EXPECT_NEAR(1e6 * call_seconds(op, window_card(), test::h100(), batch),
              0.5 * plain * 1e6 + 0.5 * 15.5, 1e-6);
}

TEST(WindowForm, IsTrustedForItsOwnWindowOnly) {
  const ChosenCard chosen{window_card(), spec::Provenance::FittedElsewhere};
  for (const std::int64_t window : {128, 4096}) {
    model::Operator op = attention(32, 8);
    op.context_span = {model::SpanKind::Window, window};
    model::BatchShape batch;
    model::add_decode(batch, {op.context_span}, 100);
    EXPECT_EQ(operator_time(op, chosen, test::h100(), batch).provenance,
              window == 128 ? spec::Provenance::FittedElsewhere : spec::Provenance::Extrapolated);
  }
}

// Of 100 MB, 50 MB fit in an H100's L2 and go at 4 times HBM's peak, the others at 0.8 of it:
// 3 + 50/(4·3.35) + 50/(0.8·3.35) = 3 + 3.731 + 18.657 = 25.388 us.
TEST(StreamingForm, ReadsFromL2WhatTheKernelBeforeLeftThere) {
  spec::CardSpec card = test::streaming_card(spec::CardOperator::ElementWise, 3, 0.8, 1);
  card.streaming.l2_efficiency = 4;
  model::Operator op;
  op.kind = model::OperatorKind::ElementWise;
  op.bytes_per_row = 1'000'000;
  model::BatchShape batch;
  batch.padded_tokens = 100;
  spec::GpuSpec gpu = test::h100();
  gpu.l2_cache = Bytes(50'000'000);
  EXPECT_NEAR(call_seconds(op, card, gpu, batch) * 1e6, 25.388, 1e-3);
  batch.padded_tokens = 50;
  EXPECT_NEAR(call_seconds(op, card, gpu, batch) * 1e6, 3 + 3.731, 1e-3);
  // Faster than HBM, yet no fault: the bytes need not come from there.
  const OperatorTime time = operator_time(op, {card, spec::Provenance::Measured}, gpu, batch);
  EXPECT_NEAR(to_seconds(time.constant).value() * 1e6, 3 + 3.731, 1e-3);
}

// A kernel that is given 2048 rows per sequence reads as many of a sequence of 100 tokens.
TEST(DecodeForm, PaddedKernelsReadAllThatTopKNames) {
  spec::CardSpec card = test::streaming_card(spec::CardOperator::DecodeAttentionSparse, 5, 0.8, 1);
  card.form = spec::CardForm::Decode;
  card.decode.launch = us(5);
  card.decode.bandwidth_efficiency = 0.8;
  model::Operator op = attention(16, 1);
  op.kind = model::OperatorKind::DecodeAttentionSparse;
  op.bytes_per_row = 0;
  op.context_span = {model::SpanKind::Window, 2048};
  const auto at = [&](std::int64_t context) {
    model::BatchShape batch;
    model::add_decode(batch, {op.context_span}, context, 64);
    return call_seconds(op, card, test::h100(), batch) * 1e6;
  };
  EXPECT_LT(at(100), at(5000));
  card.decode.padded = true;
  // 64 · 2048 · 512 B / (0.8 · 3.35 TB/s) = 25.04 us
  EXPECT_NEAR(at(100), 5 + 25.04, 0.01);
  EXPECT_EQ(at(100), at(5000));
}

// MHA left whole by its kernel: 8 tiles of 105 that the bandwidth needs read (105/8)^0.137 = 1.42
// times slower.
TEST(DecodeForm, WholeHeadsLeaveBandwidthIdle) {
  spec::CardSpec card = decode_card();
  card.decode.unsplit = spec::UnsplitForm{spec::UnsplitKind::Mha, 105, 0.137, us(1.8), {}};
  const DecodeTime split =
      decode_time(attention(32, 8), card.decode, test::h100(), test::decode_batch(1, 100'000));
  const DecodeTime whole =
      decode_time(attention(8, 8), card.decode, test::h100(), test::decode_batch(1, 100'000));
  EXPECT_NEAR(whole.memory / split.memory, std::pow(105.0 / 8, 0.137), 1e-3);
}

// 64 rows of [28672 x 4096] in bf16 on an H100: 2·28672·4096 + 64·2·(28672 + 4096) = 239.1 MB at
// 0.8785·3.35 TB/s are 81.2 us, the chain 1.187·2.823 = 3.35 us, compute 15 GF at 834 TF 18.0 us.
TEST(GemmForm, BlendsChainMemoryAndCompute) {
  spec::CardSpec card;
  card.form = spec::CardForm::Gemm;
  card.gemm.launch = us(2.544);
  card.gemm.chain = us(1.187);
  card.gemm.chain_limit = 2823;
  card.gemm.bandwidth_efficiency = 0.8785;
  card.gemm.compute_efficiency = 0.8433;
  card.gemm.chain_exponent = 1.423;
  card.gemm.blend_exponent = 3.576;
  const model::Operator op =
      model::gemm("", {"up", 28672, 4096, 1, spec::Dtype::Bf16}, model::RowsOf::StepTokens, 1);
  model::BatchShape batch;
  batch.padded_tokens = 64;
  const double memory = 239.075e6 / (0.8785 * 3.35e6);
  const double chain = 1.187 * 2.823;
  const double compute = 2.0 * 64 * 28672 * 4096 / (0.8433 * 989e6);
  const double stream = std::pow(std::pow(memory, 1.423) + std::pow(chain, 1.423), 1 / 1.423);
  const double paper =
      2.544 + std::pow(std::pow(stream, 3.576) + std::pow(compute, 3.576), 1 / 3.576);
  EXPECT_NEAR(call_seconds(op, card, test::h100(), batch) * 1e6 / paper, 1, 1e-4);
  card.gemm.host_floor = us(500);
  EXPECT_DOUBLE_EQ(call_seconds(op, card, test::h100(), batch), 500e-6);
}

// One prompt of 4096 tokens, 32 heads of 128: pairs with whole diagonal tiles are
// 4096·4097/2 + 4096·127/2 = 128²·32·33/2 = 8 650 752.
// 12.3 us of launch, of which 7.3 find the scales of an fp8 input: 7.3 us less where they are
// stored with the weights, and no less for a product in bf16.
TEST(GemmForm, StoredScalesNeedNotBeFound) {
  spec::CardSpec card;
  card.form = spec::CardForm::Gemm;
  card.gemm.launch = us(12.3);
  card.gemm.dynamic_scales = us(7.3);
  card.gemm.bandwidth_efficiency = 0.8;
  card.gemm.compute_efficiency = 0.8;
  const auto layer_us = [&](spec::Dtype weights, spec::ActivationScheme scheme) {
    spec::ModelSpec model = test::llama_8b();
    model.weight_dtype = weights;
    model.activation_scheme = scheme;
    const model::StepGraph graph = model::build_step(model, {}, spec::KvDtype::Bf16);
    const auto o_proj = std::find_if(graph.operators.begin(), graph.operators.end(),
                                     [](const auto& op) { return op.name == "o_proj"; });
    return call_seconds(*o_proj, card, test::h100(), test::decode_batch(1, 1)) * 1e6;
  };
  using enum spec::ActivationScheme;
  EXPECT_NEAR(layer_us(spec::Dtype::Fp8, Dynamic) - layer_us(spec::Dtype::Fp8, Static), 7.3, 1e-6);
  EXPECT_EQ(layer_us(spec::Dtype::Bf16, Dynamic), layer_us(spec::Dtype::Bf16, Static));
}

TEST(PrefillForm, CountsDiagonalTilesInFull) {
  spec::CardSpec card;
  card.form = spec::CardForm::Prefill;
  card.prefill.bandwidth_efficiency = 1;
  card.prefill.compute_efficiency = 0.5;
  model::Operator op = attention(32, 8);
  op.kind = model::OperatorKind::PrefillAttention;
  op.rows = model::RowsOf::PrefillTokens;
  op.flops_per_pair = op.flops_per_context_token;
  op.flops_per_context_token = 0;
  const CallTime time = call_time(op, card, test::h100(), test::prefill_batch(4096));
  EXPECT_NEAR(time.compute, 4.0 * 32 * 128 * 8'650'752 / (0.5 * 989e12), 1e-12);
}

// 4096 tokens of 4096 B: 16.8 MB are moved twice more at peak bandwidth, 10.02 us.
TEST(PrefillForm, TilesOfQueriesReadTheContextAgain) {
  spec::CardSpec card;
  card.form = spec::CardForm::Prefill;
  card.prefill.bandwidth_efficiency = card.prefill.compute_efficiency = 1;
  model::Operator op = attention(32, 8);
  op.kind = model::OperatorKind::PrefillAttention;
  op.rows = model::RowsOf::PrefillTokens;
  const double once = call_time(op, card, test::h100(), test::prefill_batch(4096)).seconds;
  card.prefill.kv_passes = 2;
  const double thrice = call_time(op, card, test::h100(), test::prefill_batch(4096)).seconds;
  EXPECT_NEAR((thrice - once) * 1e6, 2 * 4096.0 * 4096 / 3.35e6, 1e-6);
}

// 100 tokens, 16 heads, 2176 FLOPs per head and pair. All causal pairs: 5050 · 16 · 2176; of a
// kernel that takes 64 heads: 4 times; of one that takes 2048 tokens per query too: 100 · 2048 · 64
// · 2176.
TEST(PrefillForm, SparseKernelsAreCountedAsTheyPad) {
  spec::CardSpec card;
  card.form = spec::CardForm::Prefill;
  card.prefill.bandwidth_efficiency = card.prefill.compute_efficiency = 1;
  model::Operator op;
  op.kind = model::OperatorKind::PrefillAttentionSparse;
  op.rows = model::RowsOf::PrefillTokens;
  op.flops_per_pair = 16 * 2176;
  op.shape.query_heads = 16;
  op.pairs_span = {model::SpanKind::Window, 2048};
  const auto flops = [&] {
    return call_time(op, card, test::h100(), test::prefill_batch(100)).compute * 989e12;
  };
  EXPECT_NEAR(flops(), 5050.0 * 16 * 2176, 1);
  card.prefill.padded_heads = 64;
  EXPECT_NEAR(flops(), 5050.0 * 64 * 2176, 1);
  card.prefill.padded = true;
  EXPECT_NEAR(flops(), 100.0 * 2048 * 64 * 2176, 1);
}

// One sequence of 2048 tokens keeps 1 of 80 tiles' worth of bandwidth: as long as 80 of them.
TEST(DecodeForm, SparseKernelsLeaveSequencesWhole) {
  spec::CardSpec card;
  card.form = spec::CardForm::Decode;
  card.decode.bandwidth_efficiency = 0.9;
  card.decode.unsplit = spec::UnsplitForm{spec::UnsplitKind::All, 80, 1, {}, {}};
  model::Operator op = attention(16, 1);
  op.bytes_per_row = 0;
  const auto at = [&](std::int64_t n) {
    return call_seconds(op, card, test::h100(), test::decode_batch(n, n * 2048));
  };
  EXPECT_NEAR(at(1), 80 * 2048 * 512 / (0.9 * 3.35e12), 1e-9);
  EXPECT_NEAR(at(1), at(80), 1e-12);
  EXPECT_NEAR(at(160), 2 * at(80), 1e-12);
}

// 32 tokens of top-8 over 256 experts touch 163.3; each reads its weights once, and 16 padded rows
// each are computed beside the 256 slots.
TEST(MoeForm, ReadsDistinctExpertsAndPadsTheirRows) {
  spec::CardSpec card;
  card.form = spec::CardForm::Moe;
  card.moe.launch = us(40);
  card.moe.bandwidth_efficiency = 0.5;
  card.moe.compute_efficiency = 1;
  card.moe.padded_rows = 16;
  model::Operator op;
  op.kind = model::OperatorKind::Moe;
  op.experts = model::ExpertTraffic{256, 256, 8, 1'000'000, {}};
  op.flops_per_row = 8 * 1e6;
  model::BatchShape batch;
  batch.padded_tokens = 32;
  const double distinct = model::distinct_experts(*op.experts, 32);
  const CallTime time = call_time(op, card, test::h100(), batch);
  EXPECT_NEAR(time.memory, distinct * 1e6 / (0.5 * 3.35e12), 1e-12);
  EXPECT_NEAR(time.compute, (32 * 8 + 16 * distinct) * 1e6 / 989e12, 1e-15);
  EXPECT_NEAR(time.seconds, 40e-6 + time.memory, 1e-12);
}

}  // namespace
}  // namespace kvsim::cost
