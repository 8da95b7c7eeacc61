// workload: {from: FILE}, an inference-perf configuration.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kHead = R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
)";

constexpr std::string_view kImporting = "workload: {from: perf.yml}\n";

constexpr std::string_view kPerf = R"(load:
  type: constant
  interval: 15
  stages:
  - rate: 1
    duration: 30
  - rate: 2.5
    duration: 60
  num_workers: 4
api: {type: completion, streaming: true}
server: {type: vllm, base_url: http://localhost:8000, ignore_eos: true}
data:
  type: random
  input_distribution: {min: 10, max: 8192, mean: 4096, std_dev: 2048, total_count: 1000}
  output_distribution: {min: 16, max: 512, mean: 128, std: 64}
)";

std::string with(std::string_view text, std::string_view old, std::string_view fresh) {
  std::string changed(text);
  const std::size_t at = changed.find(old);
  return at == std::string::npos ? "not found: " + std::string(old)
                                 : changed.replace(at, old.size(), fresh);
}

spec::WorkloadSpec imported_workload(std::string_view perf,
                                     std::string_view workload = kImporting) {
  const StudyFolder folder;
  folder.write("perf.yml", perf);
  return folder.load_text(std::string(kHead) + std::string(workload)).runs.at(0).workload;
}

std::string error_of(std::string_view perf, std::string_view workload = kImporting) {
  const StudyFolder folder;
  folder.write("perf.yml", perf);
  return folder.errors_in(std::string(kHead) + std::string(workload));
}

TEST(WorkloadImport, MakesStagesOfALoad) {
  const spec::WorkloadSpec workload = imported_workload(kPerf);
  ASSERT_TRUE(workload.arrivals);
  EXPECT_EQ(workload.arrivals->process, spec::ArrivalProcess::Stages);
  EXPECT_EQ(workload.arrivals->gaps, spec::StageGaps::Counted);
  ASSERT_EQ(workload.arrivals->stages.size(), 3U);  // the interval is a pause
  EXPECT_EQ(workload.arrivals->stages[1].request_rate, PerSecond(0));
  EXPECT_EQ(workload.arrivals->stages[1].duration, to_duration(Seconds(15)));
  EXPECT_EQ(workload.arrivals->stages[2].request_rate, PerSecond(2.5));
  EXPECT_EQ(workload.arrivals->stages[2].duration, to_duration(Seconds(60)));
  // (30 + 0 + 150) requests in 105 s.
  EXPECT_NEAR(workload.arrivals->request_rate.value(), 180.0 / 105, 1e-12);
  EXPECT_FALSE(workload.num_requests);
}

TEST(WorkloadImport, MakesCutNormalsOfDistributions) {
  const spec::WorkloadSpec workload = imported_workload(kPerf);
  ASSERT_TRUE(workload.lengths);
  EXPECT_EQ(workload.lengths->prompt.kind, spec::LengthKind::Normal);
  EXPECT_EQ(workload.lengths->prompt.normal.mean, 4096);
  EXPECT_EQ(workload.lengths->prompt.normal.std_dev, 2048);
  EXPECT_EQ(workload.lengths->output.normal.min, 16);
  EXPECT_EQ(workload.lengths->output.normal.max, 512);
  EXPECT_EQ(workload.lengths->output.normal.std_dev, 64);
}

TEST(WorkloadImport, ReadsPoissonLoadsAndOtherDistributions) {
  std::string perf = with(kPerf, "type: constant", "type: poisson");
  perf = with(perf, "{min: 10, max: 8192, mean: 4096, std_dev: 2048, total_count: 1000}",
              "{type: fixed, mean: 100}");
  perf = with(perf, "{min: 16, max", "{type: uniform, min: 16, max");
  const spec::WorkloadSpec workload = imported_workload(perf);
  EXPECT_EQ(workload.arrivals->gaps, spec::StageGaps::Poisson);
  EXPECT_EQ(workload.lengths->prompt.fixed, 100);
  EXPECT_EQ(workload.lengths->output.kind, spec::LengthKind::Uniform);
  EXPECT_EQ(workload.lengths->output.uniform.max, 512);
}

TEST(WorkloadImport, KeysBesideItChangeAPart) {
  const spec::WorkloadSpec workload = imported_workload(
      kPerf, "workload: {from: perf.yml, num_requests: 7, arrivals: {gaps: constant}}\n");
  EXPECT_EQ(workload.num_requests, 7);
  EXPECT_EQ(workload.arrivals->gaps, spec::StageGaps::Constant);
  EXPECT_EQ(workload.arrivals->stages.size(), 3U);
}

TEST(WorkloadImport, ReplacesAWorkloadAsAWhole) {
  const StudyFolder folder;
  folder.write("perf.yml", kPerf);
  const auto study =
      folder.load_text(good_study(), {"workload={from: " + folder.path("perf.yml").string() + "}"});
  EXPECT_EQ(study.runs.at(0).workload.arrivals->process, spec::ArrivalProcess::Stages);
  EXPECT_FALSE(study.runs.at(0).workload.num_requests);
}

TEST(WorkloadImport, SaysWhatIsNotTheSameThere) {
  const StudyFolder folder;
  folder.write("perf.yml", kPerf);
  const auto study = folder.load_text(std::string(kHead) + std::string(kImporting));
  const std::string text = folder.notes(study);
  EXPECT_NE(text.find("inference-perf's constant rate has random gaps"), std::string::npos) << text;
  EXPECT_NE(text.find("inference-perf starts a stage after the last answer"), std::string::npos)
      << text;
}

TEST(WorkloadImportErrors, DataSet) {
  EXPECT_EQ(
      error_of(with(kPerf, "type: random", "type: shareGPT")),
      R"(perf.yml:13:9: error: data type 'shareGPT' cannot be imported: its lengths are not in this file [data.type]
      type: shareGPT
            ^
    note: random, synthetic and shared_prefix can; for a data set, count its tokens and use trace: with format: lengths
)");
}

constexpr std::string_view kShared = R"(load:
  type: poisson
  stages:
  - rate: 1
    duration: 30
data:
  type: shared_prefix
  shared_prefix: {num_groups: 10, num_prompts_per_group: 7, system_prompt_len: 128, question_len: 64, output_len: 32, enable_multi_turn_chat: false}
)";

TEST(WorkloadImport, MakesSharedPrefixesOfFixedLengths) {
  const spec::WorkloadSpec workload = imported_workload(kShared);
  ASSERT_TRUE(workload.shared_prefix && workload.lengths);
  EXPECT_EQ(workload.shared_prefix->num_groups, 10);
  EXPECT_EQ(workload.shared_prefix->tokens.fixed, 128);
  EXPECT_EQ(workload.lengths->prompt.fixed, 64);
  EXPECT_EQ(workload.lengths->output.fixed, 32);
  EXPECT_EQ(workload.arrivals->process, spec::ArrivalProcess::Stages);
  const StudyFolder folder;
  folder.write("perf.yml", kShared);
  const std::string notes =
      folder.notes(folder.load_text(std::string(kHead) + std::string(kImporting)));
  EXPECT_NE(notes.find("inference-perf makes num_prompts_per_group questions for each group and "
                       "sends them again and again; here every question is new"),
            std::string::npos)
      << notes;
}

TEST(WorkloadImportErrors, SharedPrefixesWithTurnsOrSpread) {
  EXPECT_EQ(error_of(with(with(kShared, "enable_multi_turn_chat: false",
                               "enable_multi_turn_chat: true, question_len_std: 5"),
                          "num_groups: 10, ", "")),
            R"(perf.yml:8:18: error: key 'num_groups' is missing [data.shared_prefix.num_groups]
      shared_prefix: {num_prompts_per_group: 7, system_prompt_len: 128, question_len: 64, output_len: 32, enable_multi_turn_chat: true, question_len_std: 5}
                     ^
    note: a shared prefix needs it: a whole number
perf.yml:8:103: error: 'enable_multi_turn_chat' cannot be imported [data.shared_prefix.enable_multi_turn_chat]
      shared_prefix: {num_prompts_per_group: 7, system_prompt_len: 128, question_len: 64, output_len: 32, enable_multi_turn_chat: true, question_len_std: 5}
                                                                                                          ^
    note: for turns of conversations: workload.conversation
perf.yml:8:133: error: 'question_len_std' cannot be imported [data.shared_prefix.question_len_std]
      shared_prefix: {num_prompts_per_group: 7, system_prompt_len: 128, question_len: 64, output_len: 32, enable_multi_turn_chat: true, question_len_std: 5}
                                                                                                                                        ^
    note: read here: num_groups, num_prompts_per_group, system_prompt_len, question_len, output_len
)");
}

TEST(WorkloadImportErrors, LoadTypeAndSweep) {
  EXPECT_EQ(error_of(with(kPerf, "type: constant", "sweep: {type: linear}\n  type: trace_replay")),
            R"(perf.yml:2:3: error: 'sweep' cannot be imported [load.sweep]
      sweep: {type: linear}
      ^
    note: read here: type, stages, interval
perf.yml:3:9: error: load type 'trace_replay' cannot be imported [load.type]
      type: trace_replay
            ^
    note: constant and poisson can
)");
}

TEST(WorkloadImportErrors, ARateThatIsNoNumberIsToldAtItsPlace) {
  const std::string text = error_of(with(kPerf, "rate: 2.5", "rate: fast"));
  EXPECT_EQ(text.find("perf.yml:7:11: error: "), 0U) << text;
  EXPECT_NE(text.find("[workload.arrivals.stages[2].request_rate]"), std::string::npos) << text;
}

TEST(WorkloadImportErrors, ABenchmarksResult) {
  const StudyFolder folder;
  folder.write("result.json", "{}");
  EXPECT_EQ(folder.errors_in(std::string(kHead) + "workload: {from: result.json}\n"),
            R"(study.yaml:6:18: error: a benchmark's result cannot be imported yet [workload.from]
    workload: {from: result.json}
                     ^
    note: inference-perf's YAML can; for the requests of a result, write its input_lens and output_lens as CSV and use trace: with format: lengths
)");
}

TEST(WorkloadImportErrors, NoSuchFile) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(std::string(kHead) + "workload: {from: perf.yml}\n"),
            R"(study.yaml:6:18: error: there is no file 'perf.yml' [workload.from]
    workload: {from: perf.yml}
                     ^
    note: the path starts at the folder of this file
)");
}

}  // namespace
}  // namespace kvsim::config
