// Page groups of hybrid models, worked out by hand from vLLM's rules.
#include "sim/memory/page_plan.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes.hpp"

namespace kvsim::memory {
namespace {

using spec::LayerType;

// `full` and `sliding` layers of 8 KV heads of 128 with a window of 1024.
spec::ModelSpec hybrid(std::int64_t full, std::int64_t sliding) {
  spec::ModelSpec model = test::llama_8b();
  model.num_hidden_layers = full + sliding;
  model.sliding_window = 1024;
  model.layer_types.assign(static_cast<std::size_t>(full), LayerType::Full);
  model.layer_types.insert(model.layer_types.end(), static_cast<std::size_t>(sliding),
                           LayerType::Sliding);
  return model;
}

// gpt-oss-120b: 18 full and 18 sliding layers are two groups of 18.
TEST(PagePlan, EqualKindsAreOneGroupEach) {
  const PagePlan plan = plan_pages(hybrid(18, 18), test::engine());
  EXPECT_EQ(plan.layers_per_group, 18);
  ASSERT_EQ(plan.groups.size(), 2);
  EXPECT_EQ(plan.groups[0].copies, 1);
  EXPECT_EQ(plan.groups[1].copies, 1);
  // 16 tokens of 4096 B in each of 18 layers.
  EXPECT_EQ(plan.block_bytes(), 18 * 16 * 4096);
}

// Gemma-3-27B: 10 full and 52 sliding layers: groups of 10, six of them sliding with 8 layers of
// padding.
TEST(PagePlan, TheRarerKindSetsTheSizeOfGroups) {
  const PagePlan plan = plan_pages(hybrid(10, 52), test::engine());
  EXPECT_EQ(plan.layers_per_group, 10);
  EXPECT_EQ(plan.groups[0].copies, 1);
  EXPECT_EQ(plan.groups[1].copies, 6);
  EXPECT_EQ(plan.groups[1].padding_layers, 8);
}

// 8 and 9 layers: padding one layer wastes less than nine groups of one: groups of 9.
TEST(PagePlan, NearlyEqualKindsArePadded) {
  const PagePlan plan = plan_pages(hybrid(8, 9), test::engine());
  EXPECT_EQ(plan.layers_per_group, 9);
  EXPECT_EQ(plan.groups[0].padding_layers, 1);
  EXPECT_EQ(plan.groups[1].copies, 1);
}

// Window 1024, blocks of 16, 5000 tokens stored, one more to come: positions below 5000 - 1024 + 1
// = 3977 are never read again, 248 blocks lie wholly below; ceil(5001/16) = 313 exist.
TEST(PagePlan, WindowGroupsKeepWhatTheWindowNeeds) {
  const PagePlan plan = plan_pages(hybrid(10, 52), test::engine());
  EXPECT_EQ(resident_blocks(plan, 5000, 5001), 313 + 6 * (313 - 248));
  // At most ceil((1023 + 8192)/16) + 1 = 577 blocks of each sliding group while prefilling 100k.
  EXPECT_EQ(most_blocks(plan, 100'000, 8192), 6250 + 6 * 577);
}

TEST(PagePlan, WithoutTheHybridManagerNothingIsDropped) {
  spec::EngineSpec engine = test::engine();
  engine.disable_hybrid_kv_cache_manager = true;
  const PagePlan plan = plan_pages(hybrid(10, 52), engine);
  EXPECT_EQ(resident_blocks(plan, 5000, 5001), 7 * 313);
}

// Qwen3-Next: 12 full layers with 2 KV heads of 256 (2048 B per token), 36 gated delta nets whose
// state is (2·16·128 + 32·128)·3·2 + 32·128·128·4 = 49 152 + 2 097 152 B. A block grows to
// ceil(2 146 304 / (16 · 2048)) = 66 pages of 16 tokens = 1056 tokens, as large as a state.
spec::ModelSpec gated_delta_net() {
  spec::ModelSpec model = test::llama_8b();
  model.num_hidden_layers = 48;
  model.layer_types = {LayerType::Linear, LayerType::Linear, LayerType::Linear, LayerType::Full};
  model.attention.num_key_value_heads = 2;
  model.attention.head_dim = 256;
  spec::LinearSpec linear;
  linear.kind = spec::LinearKind::GatedDeltaNet;
  linear.num_heads = 32;
  linear.head_dim = 128;
  linear.num_key_heads = 16;
  linear.key_head_dim = 128;
  linear.conv_kernel = 4;
  model.linear_attention = linear;
  return model;
}

TEST(PagePlan, AttentionBlocksGrowUntilTheyHoldAState) {
  const PagePlan plan = plan_pages(gated_delta_net(), test::engine());
  EXPECT_EQ(plan.layers_per_group, 12);
  ASSERT_EQ(plan.groups.size(), 2);
  EXPECT_TRUE(plan.groups[0].is_state);
  EXPECT_EQ(plan.groups[0].copies, 3);
  EXPECT_EQ(plan.groups[1].block_size, 1056);
  EXPECT_EQ(plan.page_bytes, 1056 * 2048);
  EXPECT_EQ(resident_blocks(plan, 0, 1), 3 + 1);
  EXPECT_EQ(resident_blocks(plan, 10'000, 10'001), 3 + 10);
}

// Gemma 4: sliding layers store 8 heads of 256 (8192 B), full ones 2 of 512 (4096 B): blocks of the
// latter hold 32 tokens, so that pages are equal.
TEST(PagePlan, SmallerPagesGetMoreTokens) {
  spec::ModelSpec model = hybrid(5, 25);
  model.attention.num_key_value_heads = 2;
  model.attention.head_dim = 512;
  model.attention.swa_num_key_value_heads = 8;
  model.attention.swa_head_dim = 256;
  const PagePlan plan = plan_pages(model, test::engine());
  EXPECT_EQ(plan.groups[0].block_size, 32);
  EXPECT_EQ(plan.groups[1].block_size, 16);
  EXPECT_EQ(plan.page_bytes, 16 * 8192);
}

// What is reserved covers what is stored, padding and all, at every length.
RC_GTEST_PROP(PagePlan, ReservedIsNeverLessThanStored, ()) {
  spec::ModelSpec model =
      *rc::gen::arbitrary<bool>()
          ? gated_delta_net()
          : hybrid(*rc::gen::inRange<std::int64_t>(1, 20), *rc::gen::inRange<std::int64_t>(1, 20));
  spec::EngineSpec engine = test::engine();
  engine.block_size = *rc::gen::element<std::int64_t>(1, 8, 16, 64);
  const PagePlan plan = plan_pages(model, engine);
  const auto tokens = *rc::gen::inRange<std::int64_t>(1, 10'000'000);
  const std::int64_t stored =
      model::kv_bytes_at_context(model, spec::KvDtype::Bf16, tokens).value();
  const std::int64_t reserved = resident_blocks(plan, tokens - 1, tokens) * plan.block_bytes();
  RC_ASSERT(stored >= 0);
  RC_ASSERT(reserved >= stored);
  RC_ASSERT(most_blocks(plan, tokens, 1) >= resident_blocks(plan, tokens - 1, tokens));
  RC_ASSERT(reserved < std::numeric_limits<std::int64_t>::max() / 10'000);  // 10 000 sequences
}

}  // namespace
}  // namespace kvsim::memory
