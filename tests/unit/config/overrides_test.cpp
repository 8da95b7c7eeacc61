// Who wins over whom: base, extends, --set, variants, sweep.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

using spec::AttentionVariant;
using spec::LengthKind;

TEST(Set, ChangesOneKeyAndKeepsItsNeighbours) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(), {"workload.arrivals.request_rate=8/s"});
  EXPECT_EQ(study.runs.at(0).workload.arrivals->request_rate, PerSecond(8));
  EXPECT_EQ(study.runs.at(0).workload.num_requests, 10);
}

TEST(Set, MergesAMapIntoAMap) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study(),
      {"workload.lengths.prompt={lognormal: {p99: 5000}}", "engine={block_size: 32}"});
  const auto& run = study.runs.at(0);
  EXPECT_EQ(run.workload.lengths->prompt.lognormal.mean, 1155);
  EXPECT_EQ(run.workload.lengths->prompt.lognormal.p99, 5000);
  EXPECT_EQ(run.engine.block_size, 32);
  EXPECT_EQ(run.engine.profile, "vllm-0.24");
}

TEST(Set, ReplacesTheOtherAlternativeOfAChoice) {
  const StudyFolder folder;
  for (const char* set :
       {"workload.lengths.prompt={fixed: 100}", "workload.lengths.prompt.fixed=100",
        "workload={lengths: {prompt: "
        "{fixed: 100}}}"}) {
    const auto study = folder.load_text(good_study(), {set});
    EXPECT_EQ(study.runs.at(0).workload.lengths->prompt.kind, LengthKind::Fixed) << set;
    EXPECT_EQ(study.runs.at(0).workload.lengths->prompt.fixed, 100) << set;
  }
}

TEST(Set, TakesAKeyAwayByNull) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study("slo: {ttft: {p99: 2s}, tpot: {p99: 50ms}}\n"),
                                      {"slo.ttft=null", "workload.lengths.prompt.lognormal.p99=~",
                                       "workload.lengths.prompt.lognormal.median=1000"});
  EXPECT_FALSE(study.runs.at(0).slo.ttft);
  EXPECT_TRUE(study.runs.at(0).slo.tpot);
  EXPECT_EQ(study.runs.at(0).workload.lengths->prompt.lognormal.median, 1000);
}

TEST(Set, ExpandsNames) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(), {"model=llama-2-7b", "cluster.gpu=mi300x"});
  EXPECT_EQ(study.runs.at(0).model.attention.variant, AttentionVariant::Mha);
  EXPECT_EQ(study.runs.at(0).cluster.gpu.name, "mi300x");
}

TEST(Set, LetsAVariantChangeAPartOfIt) {
  const StudyFolder folder;
  const auto study =
      folder.load_text(good_study("variants: [{name: MQA, model.attention: {variant: mqa}}]\n"),
                       {"model=llama-3.1-70b"});
  EXPECT_EQ(study.runs.at(0).model.name, "llama-3.1-70b");
  EXPECT_EQ(study.runs.at(0).model.attention.variant, AttentionVariant::Mqa);
}

TEST(Set, WinsOverAVariantThatChangesTheSameKey) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study("variants: [{name: A, engine.block_size: 32, engine.max_num_seqs: 7}]\n"),
      {"engine.block_size=64"});
  EXPECT_EQ(study.runs.at(0).engine.block_size, 64);
  EXPECT_EQ(study.runs.at(0).engine.max_num_seqs, 7);
}

TEST(Set, StopsASweepOfItsKey) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study("sweep: {engine.block_size: [16, 32]}\n"),
                                      {"engine.block_size=64"});
  ASSERT_EQ(study.runs.size(), 1U);
  EXPECT_EQ(study.runs.at(0).engine.block_size, 64);
  EXPECT_EQ(
      folder.notes(study),
      R"(--set engine.block_size=64:1:1: note: 'engine.block_size' is swept by the study; now it is fixed [engine.block_size]
    engine.block_size=64
    ^
)");
}

TEST(Set, ChangesSweepAndVariants) {
  const StudyFolder folder;
  const auto study =
      folder.load_text(good_study("sweep: {engine.block_size: [16, 32]}\n"),
                       {"sweep.engine.block_size=[8, 16, 32]", "variants=[{name: a}, {name: b}]"});
  EXPECT_EQ(study.runs.size(), 6U);
}

TEST(Attention, StartsAfreshWhenTheVariantChanges) {
  const StudyFolder folder;
  const auto study =
      folder.load_text(good_study("variants: [{name: MHA, model.attention: {variant: mha}}]\n"),
                       {"model=deepseek-v3"});
  const auto& attention = study.runs.at(0).model.attention;
  EXPECT_EQ(attention.variant, AttentionVariant::Mha);
  EXPECT_EQ(attention.kv_lora_rank, 0);
  EXPECT_EQ(attention.head_dim, 128);  // DeepSeek-V3: v_head_dim 128
  EXPECT_EQ(
      folder.notes(study),
      R"(study.yaml:10:42: note: variant 'MHA': head_dim = 128, taken from v_head_dim of the MLA base [model.attention.head_dim]
    variants: [{name: MHA, model.attention: {variant: mha}}]
                                             ^
)");
}

TEST(Attention, KeepsTheHeadDimOfAnotherBase) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(), {"model.attention.variant=mqa"});
  EXPECT_EQ(study.runs.at(0).model.attention.head_dim, 128);
  EXPECT_EQ(
      folder.notes(study),
      R"(--set model.attention.variant=mqa:1:1: note: head_dim = 128, taken from head_dim of the GQA base [model.attention.head_dim]
    model.attention.variant=mqa
    ^
)");
}

// d_c = 4 · 128, d_h^R = 128 / 2.
TEST(Attention, DerivesTheWidthsOfMlaFromTheHeadDim) {
  const StudyFolder folder;
  const auto study =
      folder.load_text(good_study("variants: [{name: MLA, model.attention: {variant: mla}}]\n"));
  const auto& model = study.runs.at(0).model;
  EXPECT_EQ(model.num_attention_heads, 32);
  EXPECT_EQ(model.attention.kv_lora_rank, 512);
  EXPECT_EQ(model.attention.qk_rope_head_dim, 64);
  EXPECT_EQ(model.attention.qk_nope_head_dim, 128);
  EXPECT_EQ(model.attention.v_head_dim, 128);
  EXPECT_EQ(model.attention.q_lora_rank, 0);
  EXPECT_EQ(model.attention.head_dim, 0);
  EXPECT_EQ(
      folder.notes(study),
      R"(study.yaml:10:42: note: variant 'MLA': kv_lora_rank = 512, q_lora_rank = 0, qk_nope_head_dim = 128, qk_rope_head_dim = 64, v_head_dim = 128, from head_dim = 128 of the GQA base [model.attention.variant]
    variants: [{name: MLA, model.attention: {variant: mla}}]
                                             ^
    note: as in DeepSeek-V2: d_c = 4 d_h, d_h^R = d_h / 2 (arXiv:2405.04434, sections 2.1.4 and 3.1.2)
)");
}

TEST(Attention, DerivesOnlyTheWidthsOfMlaThatAreNotGiven) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study(), {"model.attention={variant: mla, kv_lora_rank: 256, v_head_dim: 64}"});
  const auto& attention = study.runs.at(0).model.attention;
  EXPECT_EQ(attention.kv_lora_rank, 256);
  EXPECT_EQ(attention.v_head_dim, 64);
  EXPECT_EQ(attention.qk_nope_head_dim, 128);
  ASSERT_EQ(study.warnings.size(), 1U);
  EXPECT_EQ(
      study.warnings[0].message,
      "q_lora_rank = 0, qk_nope_head_dim = 128, qk_rope_head_dim = 64, from head_dim = 128 of "
      "the GQA base");
}

TEST(Attention, ToGqaNeedsTheNumberOfKvHeads) {
  const StudyFolder folder;
  const std::string text =
      folder.errors_in(good_study(), {"model=deepseek-v3", "model.attention.variant=gqa"});
  EXPECT_NE(text.find("key 'num_key_value_heads' is missing"), std::string::npos) << text;
}

TEST(Attention, TakesAGivenHeadDimWithoutANote) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study("variants: [{name: A, model.attention: {variant: mha, head_dim: 192}}]\n"));
  EXPECT_EQ(study.runs.at(0).model.attention.head_dim, 192);
  EXPECT_TRUE(study.warnings.empty());
}

TEST(Attention, MergesWithoutAVariant) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study("variants: [{name: A, model.attention: {num_key_value_heads: 4}}]\n"));
  EXPECT_EQ(study.runs.at(0).model.attention.variant, AttentionVariant::Gqa);
  EXPECT_EQ(study.runs.at(0).model.attention.num_key_value_heads, 4);
  EXPECT_EQ(study.runs.at(0).model.attention.head_dim, 128);
}

TEST(Extends, MergesMapsAndReplacesTheRest) {
  const StudyFolder folder;
  folder.write("base.yaml", good_study("sweep: {engine.block_size: [16, 32]}\n"));
  folder.write("sub/study.yaml", R"(extends: ../base.yaml
name: child
model: {attention: {num_key_value_heads: 2}}
workload: {lengths: {output: {uniform: {min: 1, max: 9}}}}
sweep: {engine.block_size: [8]}
)");
  const auto study = folder.load("sub/study.yaml");
  ASSERT_EQ(study.runs.size(), 1U);
  EXPECT_EQ(study.name, "child");
  EXPECT_EQ(study.runs[0].model.attention.num_key_value_heads, 2);
  EXPECT_EQ(study.runs[0].workload.lengths->output.kind, LengthKind::Uniform);
  EXPECT_EQ(study.runs[0].workload.lengths->prompt.kind, LengthKind::Lognormal);
}

TEST(Extends, WorksForModelsToo) {
  const StudyFolder folder;
  folder.write("base.yaml", "extends: more.yaml\nnum_hidden_layers: 2\n");
  folder.write("more.yaml", R"(name: tiny
source: invented
num_hidden_layers: 1
hidden_size: 64
num_attention_heads: 4
intermediate_size: 128
vocab_size: 100
max_position_embeddings: 512
attention: {variant: mha, head_dim: 16}
)");
  folder.write("small.yaml", "extends: base.yaml\nattention: {variant: mqa}\n");
  const auto tiny = load_model(folder.path("small.yaml").string(), shipped_library());
  EXPECT_EQ(tiny.num_hidden_layers, 2);
  EXPECT_EQ(tiny.attention.variant, AttentionVariant::Mqa);
  EXPECT_EQ(tiny.attention.head_dim, 16);
}

TEST(Aliases, OfCacheFormatsAreTakenWithANote) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study("sweep: {engine.kv_cache_dtype: [bfloat16, fp8_e4m3, int8, int4, fp8]}\n"));
  std::vector<spec::KvDtype> formats;
  for (const auto& run : study.runs) {
    formats.push_back(run.engine.kv_cache_dtype);
  }
  using enum spec::KvDtype;
  EXPECT_EQ(formats, (std::vector{Bf16, Fp8, Int8PerTokenHead, Int4Group128, Fp8}));
  ASSERT_EQ(study.warnings.size(), 4U);
  EXPECT_EQ(study.warnings[1].message, "'fp8_e4m3' is taken as 'fp8'");
}

TEST(Profile, LiesUnderTheKeysOfTheStudy) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(), {"engine.gpu_memory_utilization=0.5"});
  EXPECT_EQ(study.runs.at(0).engine.gpu_memory_utilization, 0.5);
  EXPECT_EQ(study.runs.at(0).engine.stack, "vllm-0.24.0");
}

TEST(Profile, MayBeAFile) {
  const StudyFolder folder;
  folder.write("mine.yaml", "block_size: 128\n");
  const auto study =
      folder.load_text(good_study("variants: [{name: A, engine.profile: "
                                  "./mine.yaml}]\n"));
  EXPECT_EQ(study.runs.at(0).engine.block_size, 128);
  EXPECT_EQ(study.runs.at(0).engine.stack, "");
}

TEST(Names, MayBePathsBesideTheFileThatSaysThem) {
  const StudyFolder folder;
  folder.write("parts/load.yaml", "trace: t.csv\n");
  folder.write("parts/gpu.yaml", R"(name: mine
source: invented
hbm: {capacity: 10 GB, visible: 9 GiB, bandwidth: 1 TB/s}
peak: {bf16: 100 TFLOP/s}
streaming_multiprocessors: 10
l2_cache: 10 MB
pcie_bandwidth: 10 GB/s
)");
  folder.write("parts/base.yaml", R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: gpu.yaml}
engine: {profile: vllm-0.24}
workload: ./load.yaml
)");
  folder.write("study.yaml", "extends: parts/base.yaml\n");
  const auto study = folder.load("study.yaml");
  EXPECT_EQ(study.runs.at(0).cluster.gpu.name, "mine");
  EXPECT_EQ(study.runs.at(0).workload.trace, folder.path("parts/t.csv").string());
}

TEST(Trace, LiesBesideTheStudyOrWhereWeRun) {
  const StudyFolder folder;
  const std::string study = R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload: {trace: data/t.csv}
)";
  EXPECT_EQ(folder.load_text(study).runs.at(0).workload.trace, folder.path("data/t.csv").string());
  EXPECT_EQ(folder.load_text(study, {"workload.trace=here/t.csv"}).runs.at(0).workload.trace,
            "here/t.csv");
}

}  // namespace
}  // namespace kvsim::config
