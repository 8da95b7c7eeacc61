// From one study to its runs: variants, sweeps, ids, aliases, inputs.
#include <gtest/gtest.h>

#include "sim/base/sha256.hpp"
#include "sim/config/run_ids.hpp"
#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

std::vector<std::string> ids(const spec::StudySpec& study) {
  std::vector<std::string> all;
  for (const spec::RunSpec& run : study.runs) {
    all.push_back(run.id);
  }
  return all;
}

TEST(Runs, WithoutVariantsAreTheBaseAlone) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study());
  ASSERT_EQ(study.runs.size(), 1U);
  EXPECT_EQ(study.runs[0].id, "base");
  EXPECT_EQ(study.runs[0].variant, "base");
  EXPECT_TRUE(study.runs[0].overrides.empty());
  EXPECT_EQ(study.name, "test");
}

TEST(Runs, AreVariantsTimesPointsInTheOrderOfTheFile) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(R"(
variants: [{name: Big, engine.block_size: 32}, {name: Small}]
sweep: {workload.arrivals.request_rate: [1/s, 2/s], engine.max_num_seqs: [4, 8]}
)"));
  const std::vector<std::string> expected = {
      "big-request_rate-1-s-max_num_seqs-4",   "big-request_rate-1-s-max_num_seqs-8",
      "big-request_rate-2-s-max_num_seqs-4",   "big-request_rate-2-s-max_num_seqs-8",
      "small-request_rate-1-s-max_num_seqs-4", "small-request_rate-1-s-max_num_seqs-8",
      "small-request_rate-2-s-max_num_seqs-4", "small-request_rate-2-s-max_num_seqs-8"};
  EXPECT_EQ(ids(study), expected);
  EXPECT_EQ(study.runs[3].engine.block_size, 32);
  EXPECT_EQ(study.runs[3].engine.max_num_seqs, 8);
  EXPECT_EQ(study.runs[3].workload.arrivals->request_rate, PerSecond(2));
}

TEST(Runs, RememberTheirOverridesAsWritten) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(R"(
variants: [{name: A, model.attention: {variant: gqa, num_key_value_heads: 4}}]
sweep: {workload.lengths.prompt: [{fixed: 8k}]}
)"),
                                      {"engine.block_size=32"});
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"model.attention", "{variant: gqa, num_key_value_heads: 4}"},
      {"workload.lengths.prompt", "{fixed: 8k}"},
      {"engine.block_size", "32"}};
  EXPECT_EQ(study.runs.at(0).overrides, expected);
  EXPECT_EQ(study.runs.at(0).id, "a-prompt-fixed-8k");
  EXPECT_EQ(study.runs.at(0).workload.lengths->prompt.fixed, 8000);
}

TEST(Runs, HaveTheSeedOfTheCommandLine) {
  const StudyFolder folder;
  folder.write("study.yaml", good_study());
  const auto study = load_study(folder.path("study.yaml"), {shipped_library(), {}, 42});
  EXPECT_EQ(study.runs.at(0).seed, 42U);
}

// vLLM's rule: 1024 sequences and 8192 tokens from 70 GiB on, else 256 and 2048.
TEST(Runs, HaveWhatDependsOnTheGpu) {
  const StudyFolder folder;
  const auto study =
      folder.load_text(good_study("variants: [{name: H}, {name: R, cluster.gpu: rtx-4090}]\n"));
  EXPECT_EQ(study.runs.at(0).engine.max_num_seqs, 1024);
  EXPECT_EQ(study.runs.at(1).engine.max_num_batched_tokens, 2048);
}

TEST(RunIds, AreSafeFileNames) {
  EXPECT_EQ(slug("GQA 8 (new)"), "gqa-8-new");
  EXPECT_EQ(slug("../../etc"), "etc");
  EXPECT_EQ(slug("4/s"), "4-s");
  EXPECT_EQ(slug("µ"), "");
}

TEST(RunIds, AreUnique) {
  RunIds run_ids;
  EXPECT_EQ(run_ids.next("A b", {}), "a-b");
  EXPECT_EQ(run_ids.next("a-B", {}), "a-b-2");
  EXPECT_EQ(run_ids.next("µ", {}), "run");
  EXPECT_LE(run_ids.next(std::string(500, 'x'), {}).size(), 100U);
}

TEST(Aliases, AreTakenWithANote) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      good_study("variants: [{name: A, engine: {tp_size: 2, mem_fraction_static: 0.8}}]\n"));
  EXPECT_EQ(study.runs.at(0).engine.tensor_parallel_size, 2);
  EXPECT_EQ(study.runs.at(0).engine.gpu_memory_utilization, 0.8);
  EXPECT_EQ(
      folder.notes(study),
      R"(study.yaml:10:31: note: 'tp_size' is SGLang's word for 'tensor_parallel_size' [engine.tp_size]
    variants: [{name: A, engine: {tp_size: 2, mem_fraction_static: 0.8}}]
                                  ^
study.yaml:10:43: note: 'mem_fraction_static' is SGLang's word for 'gpu_memory_utilization' [engine.mem_fraction_static]
    variants: [{name: A, engine: {tp_size: 2, mem_fraction_static: 0.8}}]
                                              ^
    note: SGLang's fraction leaves out activations, so vLLM's number is usually larger
)");
}

TEST(Notes, AreToldOncePerPlaceHoweverManyRunsThereAre) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study("sweep: {engine.max_num_seqs: [1, 2, 3]}\n"),
                                      {"engine.tp_size=1"});
  EXPECT_EQ(
      folder.notes(study),
      R"(--set engine.tp_size=1:1:1: note: 'tp_size' is SGLang's word for 'tensor_parallel_size' [engine.tp_size]
    engine.tp_size=1
    ^
)");
}

TEST(Inputs, NameEveryFileWithItsHash) {
  const StudyFolder folder;
  folder.write("base.yaml", good_study());
  folder.write("study.yaml", "extends: base.yaml\n");
  const auto study = load_study(folder.path("study.yaml"), {{KVSIM_SOURCE_DIR "/configs", ""}, {}});
  std::vector<std::string> names;
  for (const spec::InputFile& input : study.inputs) {
    names.push_back(folder.without_folder(input.path));
  }
  const std::vector<std::string> expected = {"study.yaml", "configs/models/llama-3.1-8b.yaml",
                                             "configs/gpus/h100-sxm.yaml", "base.yaml",
                                             "configs/engines/vllm-0.24.yaml"};
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> sorted_expected = expected;
  std::sort(sorted_expected.begin(), sorted_expected.end());
  EXPECT_EQ(sorted, sorted_expected);
  EXPECT_EQ(study.inputs.at(0).sha256, sha256_hex("extends: base.yaml\n"));
}

TEST(LoadRun, NeedsNoStudy) {
  const auto study =
      load_run({.model = "deepseek-v3",
                .gpu = "h200-sxm",
                .sets = {"engine.tensor_parallel_size=8", "model.attention={variant: mha}"}},
               shipped_library());
  ASSERT_EQ(study.runs.size(), 1U);
  EXPECT_EQ(study.runs[0].engine.tensor_parallel_size, 8);
  EXPECT_EQ(study.runs[0].model.attention.variant, spec::AttentionVariant::Mha);
  EXPECT_EQ(study.warnings.size(), 1U);
}

TEST(LoadRun, AcceptsForExplanationWhatCannotBeSimulated) {
  RunRequest request{.model = "llama-3.1-8b", .sets = {"engine.pipeline_parallel_size=2"}};
  EXPECT_THROW((void)load_run(request, shipped_library()), ConfigError);
  request.only_explained = true;
  EXPECT_EQ(load_run(request, shipped_library()).runs.at(0).engine.pipeline_parallel_size, 2);
}

}  // namespace
}  // namespace kvsim::config
