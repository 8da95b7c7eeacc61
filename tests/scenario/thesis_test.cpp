// The thesis: decoding is bound by reading memory, so the size of the KV cache decides.
#include <gtest/gtest.h>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim {
namespace {

using spec::AttentionVariant;

struct Setting {
  spec::ModelSpec model;
  spec::GpuSpec gpu = test::h200();
  std::int64_t tensor_parallel_size = 8;
};

cost::StepPricer pricer_of(const Setting& setting) {
  spec::EngineSpec engine = test::engine();
  engine.tensor_parallel_size = setting.tensor_parallel_size;
  return {setting.model, setting.gpu, engine, config::load_cards(test::shipped_library())};
}

double step_seconds(const Setting& setting, std::int64_t sequences, std::int64_t context) {
  const cost::StepCost cost = pricer_of(setting).price(test::decode_batch(sequences, context));
  return to_seconds(Duration(cost.time.first)).value();
}

Setting deepseek(AttentionVariant variant, std::int64_t kv_heads = 0) {
  return {test::with_attention(test::deepseek_v3(), variant, kv_heads)};
}

// With 64 sequences, 32k tokens of context each and MHA, 64 · 32768 · 499 712 B = 1.05 TB are read
// per GPU and step beside at most 80 GB of weights: twice the context is twice the step.
TEST(Thesis, LongContextMakesTheStepFollowTheKvBytes) {
  const Setting mha = deepseek(AttentionVariant::Mha);
  const double once = step_seconds(mha, 64, 64 * 32'768);
  const double twice = step_seconds(mha, 64, 64 * 65'536);
  EXPECT_NEAR(twice / once, 2, 0.15);
  const cost::StepCost cost = pricer_of(mha).price(test::decode_batch(64, 64 * 32'768));
  const auto kv = static_cast<std::size_t>(spec::TimeBucket::Kv);
  EXPECT_GT(static_cast<double>(cost.in_bucket[kv].first),
            0.85 * static_cast<double>(cost.time.first));
}

// Between variants the step differs by their KV bytes per GPU and the achieved bandwidth of their
// kernels (0.959 against 0.919 of the peak): 8192 against 1152 B per token and layer.
TEST(Thesis, KvTimeFollowsBytesBetweenVariants) {
  const auto kv_slope = [](const Setting& setting) {
    const cost::StepPricer pricer = pricer_of(setting);
    const auto base = pricer.price(test::decode_batch(64, 64 * 32'768)).time.first;
    const auto more = pricer.price(test::decode_batch(64, 64 * 65'536)).time.first;
    return static_cast<double>(more - base);
  };
  const double ratio =
      kv_slope(deepseek(AttentionVariant::Mha)) / kv_slope(deepseek(AttentionVariant::Mla));
  EXPECT_NEAR(ratio, 8192.0 / 1152.0, 0.05 * 8192.0 / 1152.0);
}

// Variants of one shape differ in their projections too. Llama 2 and the GQA paper give what the
// projections save to the FFN, so that models have the same size; so does this function.
spec::ModelSpec same_size(spec::ModelSpec model, std::int64_t parameters) {
  const std::int64_t missing = parameters - model::parameter_count(model);
  model.intermediate_size += missing / (3 * model.hidden_size * model.num_hidden_layers);
  return model;
}

// One sequence, 512 tokens: MHA of the 405B shape reads 512 · 8.26 MB = 4.2 GB of KV beside 812 GB
// of weights, 0.5 %; the rest of the 2 % is launch time of MLA's additional kernels.
TEST(Thesis, ShortContextAndBatchOneMakeTheVariantsAlike) {
  const spec::ModelSpec base = test::llama_405b();
  const std::int64_t parameters =
      model::parameter_count(test::with_attention(base, AttentionVariant::Mha));
  const auto seconds = [&](AttentionVariant variant, std::int64_t kv_heads) {
    const spec::ModelSpec model =
        same_size(test::with_attention(base, variant, kv_heads), parameters);
    return step_seconds({model, test::h200(), 1}, 1, 512);
  };
  const double mha = seconds(AttentionVariant::Mha, 0);
  EXPECT_NEAR(seconds(AttentionVariant::Gqa, 8) / mha, 1, 0.02);
  EXPECT_NEAR(seconds(AttentionVariant::Mqa, 0) / mha, 1, 0.02);
  EXPECT_NEAR(seconds(AttentionVariant::Mla, 0) / mha, 1, 0.02);
}

// Without that, the same shape with MHA reads more weights, and the step is longer by them: the
// difference at batch 1 is projections, not KV.
TEST(Thesis, ProjectionsOfTheVariantsAreNotFree) {
  const Setting mha = deepseek(AttentionVariant::Mha);
  const Setting mla = deepseek(AttentionVariant::Mla);
  EXPECT_GT(model::parameter_count(mha.model), model::parameter_count(mla.model));
}

// Context tokens that fit into a step of `budget` seconds with `sequences` sequences.
double context_within(const Setting& setting, std::int64_t sequences, double budget) {
  const double fixed = step_seconds(setting, sequences, sequences);
  const double with_million = step_seconds(setting, sequences, sequences + 1'000'000);
  return (budget - fixed) / (with_million - fixed) * 1e6;
}

// At 50 ms per token and 64 sequences, on 8 GPUs with 16 heads each: both are bound by memory, so
// MLA's batch · context exceeds MHA's by the ratio of bytes per GPU, 7.11, give or take what the
// fixed part of the step and the kernels' bandwidth differ by.
TEST(Thesis, AtEqualTpotMlaHoldsMoreContextByTheByteRatio) {
  const double mla = context_within(deepseek(AttentionVariant::Mla), 64, 0.050);
  const double mha = context_within(deepseek(AttentionVariant::Mha), 64, 0.050);
  EXPECT_NEAR(mla / mha, 8192.0 / 1152.0, 0.10 * 8192.0 / 1152.0);
}

// With all 128 heads on one H200, MLA does 278 528 FLOPs per 1152 B: compute bounds it, and the
// advantage falls short of the byte ratio of 65 536 / 1152 = 56.9.
TEST(Thesis, ComputeEndsTheAdvantageOfMla) {
  Setting mla = deepseek(AttentionVariant::Mla);
  Setting mha = deepseek(AttentionVariant::Mha);
  mla.tensor_parallel_size = mha.tensor_parallel_size = 1;
  const double ratio = context_within(mla, 64, 0.5) / context_within(mha, 64, 0.5);
  EXPECT_LT(ratio, 0.7 * 65'536.0 / 1152.0);
  EXPECT_GT(ratio, 10);
}

}  // namespace
}  // namespace kvsim
