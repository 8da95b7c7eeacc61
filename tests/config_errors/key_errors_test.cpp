// Keys that are unknown, missing, repeated or in each other's way.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

std::string gpu_errors(const StudyFolder& folder, std::string_view text) {
  folder.write("llama.yaml", text);
  return folder.complaints(
      [&] { (void)load_gpu(folder.path("llama.yaml").string(), shipped_library()); });
}

std::string card_errors(const StudyFolder& folder, std::string_view text) {
  folder.write("cards/card.yaml", text);
  return folder.complaints([&] { (void)load_cards({"", folder.path("cards")}); });
}

// The example of a message that is written for a tired person: a typo and the missing key that it
// explains are one message.
TEST(Key, ThatIsMisspeltAndRequiredIsOneMessage) {
  const StudyFolder folder;
  EXPECT_EQ(gpu_errors(folder, R"(name: mine
source: invented
hbm:
    visible: 79 GiB
    bandwith: 3.35 TB/s
    capacity: 80
peak: {bf16: 1 PFLOP/s}
streaming_multiprocessors: 132
l2_cache: 50 MB
pcie_bandwidth: 64 GB/s
)"),
            R"(llama.yaml:5:5: error: unknown key 'bandwith' [gpu.hbm.bandwith]
        bandwith: 3.35 TB/s
        ^
    note: did you mean 'bandwidth'? (required here)
llama.yaml:6:15: error: '80' has no unit [gpu.hbm.capacity]
        capacity: 80
                  ^
    note: write for example 80 GiB
)");
}

TEST(Key, ThatIsMisspeltIsGuessed) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, tensor_paralel_size: 8}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:30: error: unknown key 'tensor_paralel_size' [engine.tensor_paralel_size]
    engine: {profile: vllm-0.24, tensor_paralel_size: 8}
                                 ^
    note: did you mean 'tensor_parallel_size'?
)");
}

TEST(Key, ThatIsUnknownComesWithAList) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {colour: blue, process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:7:14: error: unknown key 'colour' [workload.arrivals.colour]
      arrivals: {colour: blue, process: poisson, request_rate: 4/s}
                 ^
    note: known here: process, request_rate
)");
}

TEST(Key, ThatBelongsElsewhereIsSentThere) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(max_num_seqs: 64
)")),
            R"(study.yaml:10:1: error: unknown key 'max_num_seqs' [max_num_seqs]
    max_num_seqs: 64
    ^
    note: did you mean 'engine.max_num_seqs'?
)");
}

TEST(Key, OfAnotherVariantIsSaidToBe) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"model.attention.kv_lora_rank=512"}),
      R"(--set model.attention.kv_lora_rank=512:1:1: error: unknown key 'kv_lora_rank' [model.attention.kv_lora_rank]
    model.attention.kv_lora_rank=512
    ^
    note: 'kv_lora_rank' belongs to variant mla
)");
}

TEST(Key, ThatIsMissingIsExplained) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml: error: key 'name' is missing [name]
    note: name: name of the study
study.yaml:6:3: error: key 'request_rate' is missing [workload.arrivals.request_rate]
      arrivals: {process: poisson}
      ^
    note: request_rate: mean arrivals per second
)");
}

TEST(Key, AtTheTopIsGuessed) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
models: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:3:1: error: unknown key 'models' [models]
    models: llama-3.1-8b
    ^
    note: did you mean 'model'? (required here)
)");
}

TEST(Key, MayNotBeRepeated) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine:
  profile: vllm-0.24
  max_num_seqs: 64
  block_size: 16
  max_num_seqs: 128
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:9:3: error: key 'max_num_seqs' is given twice [engine.max_num_seqs]
      max_num_seqs: 128
      ^
    note: first given at line 7
)");
}

TEST(Key, OfAnAlternativeExcludesTheOthers) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100, uniform: {min: 1, max: 2}}}
  num_requests: 10
)"),
      R"(study.yaml:8:80: error: 'uniform' stands beside 'fixed' [workload.lengths.output.uniform]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100, uniform: {min: 1, max: 2}}}
                                                                                   ^
    note: give exactly one of: fixed, uniform, lognormal, empirical, normal
)");
}

TEST(Key, OfSomeAlternativeMustBeThere) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {}}
  num_requests: 10
)"),
      R"(study.yaml:8:59: error: one key is missing of: fixed, uniform, lognormal, empirical, normal [workload.lengths.output]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {}}
                                                              ^
    note: a distribution of lengths in tokens
)");
}

TEST(Key, OfAnAlternativeIsGuessed) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognoraml: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:8:22: error: unknown key 'lognoraml' [workload.lengths.prompt.lognoraml]
      lengths: {prompt: {lognoraml: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
                         ^
    note: did you mean 'lognormal'? (required here)
)");
}

TEST(Key, OfAFaultyChoiceIsNotHeldAgainstAnyone) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(),
                       {"model.attention={variant: mlaa, kv_lora_rank: 512, head_dim: 64}"}),
      R"(--set model.attention={variant: mlaa, kv_lora_rank: 512, head_dim: 64}:1:27: error: 'mlaa' is no value of 'variant' [model.attention.variant]
    model.attention={variant: mlaa, kv_lora_rank: 512, head_dim: 64}
                              ^
    note: did you mean 'mla'?
    note: known here: mha, gqa, mqa, mla
)");
}

TEST(Key, MayNotBeGivenUnderTwoWords) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, max_num_seqs: 64, max_running_requests: 32}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:48: error: 'max_running_requests' and 'max_num_seqs' are the same setting [engine.max_running_requests]
    engine: {profile: vllm-0.24, max_num_seqs: 64, max_running_requests: 32}
                                                   ^
    note: keep 'max_num_seqs'
)");
}

TEST(Key, InAListHasANumber) {
  const StudyFolder folder;
  EXPECT_EQ(
      card_errors(folder, R"(name: c
gpus: [h100-sxm]
operator: all_reduce
collective:
  rows:
    - {gpus: 2, bytes: [1, 2], time: [1us]}
    - {gpus: 1, byts: [1], time: [1us]}
provenance: measured
source: invented
)"),
      R"(cards/card.yaml:6:32: error: 'time' has not one value per message size [card.collective.rows[0].time]
        - {gpus: 2, bytes: [1, 2], time: [1us]}
                                   ^
    note: give as many times as bytes
cards/card.yaml:7:14: error: '1' is too small [card.collective.rows[1].gpus]
        - {gpus: 1, byts: [1], time: [1us]}
                 ^
    note: gpus must be at least 2
cards/card.yaml:7:17: error: unknown key 'byts' [card.collective.rows[1].byts]
        - {gpus: 1, byts: [1], time: [1us]}
                    ^
    note: did you mean 'bytes'? (required here)
)");
}

}  // namespace
}  // namespace kvsim::config
