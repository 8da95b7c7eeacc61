// Names, variants, sweeps and --set.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

TEST(Version, IsOne) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 2
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:1:10: error: version 2 is not known [version]
    version: 2
             ^
    note: write version: 1
)");
}

TEST(Name, OfAModelIsGuessed) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: lama-3.1-8b
cluster: {gpu: h100}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:3:8: error: unknown model 'lama-3.1-8b' [model]
    model: lama-3.1-8b
           ^
    note: did you mean 'llama-3.1-8b'?
    note: 'kvsim models' lists all
study.yaml:4:16: error: unknown gpu 'h100' [cluster.gpu]
    cluster: {gpu: h100}
                   ^
    note: did you mean one of: h100-nvl, h100-pcie, h100-sxm?
    note: 'kvsim gpus' lists all
)");
}

TEST(Name, OfAProfileIsOneOfAList) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-9}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:19: error: unknown engine profile 'vllm-9' [engine.profile]
    engine: {profile: vllm-9}
                      ^
    note: known: sglang-0.5, trtllm-1.0, vllm-0.10, vllm-0.24
)");
}

TEST(Name, OfAProfileMayNotBeLeftOut) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {block_size: 16}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:1: error: key 'profile' is missing [engine.profile]
    engine: {block_size: 16}
    ^
    note: known: sglang-0.5, trtllm-1.0, vllm-0.10, vllm-0.24
)");
}

TEST(Name, OfAHuggingFaceRepositoryIsNoFile) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"model=deepseek-ai/DeepSeek-V3"}),
      R"(--set model=deepseek-ai/DeepSeek-V3:1:7: error: there is no file 'deepseek-ai/DeepSeek-V3' [model]
    model=deepseek-ai/DeepSeek-V3
          ^
    note: did you mean 'deepseek-v3'?
    note: kvsim never downloads: give the path of the model's config.json
    note: 'kvsim models' lists all
)");
}

TEST(Name, OfAHuggingFaceConfigIsAFile) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"model=DeepSeek-V3/config.json"}),
      R"(--set model=DeepSeek-V3/config.json:1:7: error: there is no file 'DeepSeek-V3/config.json' [model]
    model=DeepSeek-V3/config.json
          ^
    note: 'kvsim models' lists all
)");
}

TEST(Extends, NeedsAFile) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(extends: nope.yaml
name: test
)"),
            R"(study.yaml:1:10: error: there is no file 'nope.yaml' [extends]
    extends: nope.yaml
             ^
    note: the path starts at the folder of this file
)");
}

TEST(Extends, NamesOneFile) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(extends: [a.yaml, b.yaml]
name: test
)"),
            R"(study.yaml:1:10: error: 'extends' must be the path of one file [extends]
    extends: [a.yaml, b.yaml]
             ^
)");
}

TEST(Variants, AreAllCheckedAtOnce) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(variants:
  - {nmae: A}
  - {name: B, max_num_seqs: 4, model.atention: {variant: mqa}}
  - {name: B}
  - {name: C, model.attention: {variant: mha, kv_lora_rank: 5}}
  - {name: D, sweep: {}}
  - {name: E, engine..x: 4}
  - {name: ""}
  - {engine.block_size: 32}
  - 5
)")),
            R"(study.yaml:11:6: error: unknown key 'nmae' [variants[0].nmae]
      - {nmae: A}
         ^
    note: did you mean 'name'? (required here)
study.yaml:12:15: error: unknown key 'max_num_seqs' [max_num_seqs]
      - {name: B, max_num_seqs: 4, model.atention: {variant: mqa}}
                  ^
    note: did you mean 'engine.max_num_seqs'?
study.yaml:12:32: error: unknown key 'atention' [model.atention]
      - {name: B, max_num_seqs: 4, model.atention: {variant: mqa}}
                                   ^
    note: did you mean 'attention'?
study.yaml:13:12: error: two variants are named 'B' [variants[2].name]
      - {name: B}
               ^
    note: the first is at line 12
study.yaml:14:47: error: unknown key 'kv_lora_rank' [model.attention.kv_lora_rank]
      - {name: C, model.attention: {variant: mha, kv_lora_rank: 5}}
                                                  ^
    note: 'kv_lora_rank' belongs to variant mla
study.yaml:15:15: error: a variant cannot change 'sweep' [variants[4]]
      - {name: D, sweep: {}}
                  ^
    note: it can change model, cluster, engine, workload, slo, prices
study.yaml:16:15: error: 'engine..x' has an empty part [variants[5]]
      - {name: E, engine..x: 4}
                  ^
    note: write a dotted key such as engine.max_num_seqs
study.yaml:17:6: error: 'name' must be a word [variants[6].name]
      - {name: ""}
         ^
study.yaml:18:5: error: key 'name' is missing [variants[7].name]
      - {engine.block_size: 32}
        ^
    note: every variant has a name of its own
study.yaml:19:5: error: a variant is a map of keys, not a single value [variants[8]]
      - 5
        ^
    note: write for example {name: GQA-8, model.attention: {variant: gqa}}
)");
}

TEST(Variants, AreAList) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(variants: {name: A}
)")),
            R"(study.yaml:10:1: error: 'variants' is a map of keys, but must be a list [variants]
    variants: {name: A}
    ^
    note: write variants: [{name: ...}, ...]
)");
}

TEST(Variants, AreNotEmpty) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(variants: []
)")),
            R"(study.yaml:10:1: error: 'variants' is empty [variants]
    variants: []
    ^
    note: drop the key to run the base
)");
}

TEST(Variants, ShareOneMessageForTheFaultThatTheyInherit) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, block_size: x}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
variants: [{name: A}, {name: B}]
sweep: {engine.max_num_seqs: [1, 2]}
)"),
            R"(study.yaml:5:42: error: 'x' is not a number [engine.block_size]
    engine: {profile: vllm-0.24, block_size: x}
                                             ^
    note: write a decimal number
)");
}

// The base's map has another name than the key that the sweep goes into: what the sweep then finds
// to be missing stands under that name.
TEST(Sweep, TellsOfAMistypedParentOnlyThatItIsUnknown) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workloadx:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {fixed: 100}, output: {fixed: 100}}
  num_requests: 10
sweep: {workload.arrivals.request_rate: [4/s]}
)"),
            R"(study.yaml:6:1: error: unknown key 'workloadx' [workloadx]
    workloadx:
    ^
    note: did you mean 'workload'?
)");
}

// The other way round: the key that the base leaves to the sweep is there, under a parent's wrong
// name.
TEST(Sweep, BringsWhatItsMistypedParentNames) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson}
  lengths: {prompt: {fixed: 100}, output: {fixed: 100}}
  num_requests: 10
sweep: {workloadx.arrivals.request_rate: [4/s]}
)"),
            R"(study.yaml:10:9: error: unknown key 'workloadx' [workloadx]
    sweep: {workloadx.arrivals.request_rate: [4/s]}
            ^
    note: did you mean 'workload'?
)");
}

// Once, at the key, however many values it has.
TEST(Sweep, TellsOfAMistypedKeyOnce) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {fixed: 100}, output: {fixed: 100}}
  num_requests: 10
sweep: {workload.arrivals.requst_rate: [2/s, 4/s, 8/s]}
)"),
            R"(study.yaml:10:9: error: unknown key 'requst_rate' [workload.arrivals.requst_rate]
    sweep: {workload.arrivals.requst_rate: [2/s, 4/s, 8/s]}
            ^
    note: did you mean 'request_rate'?
)");
}

// What nobody has written anywhere is still missing.
TEST(Sweep, DoesNotHideWhatIsMissingElsewhere) {
  const StudyFolder folder;
  const std::string errors = folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson}
  lengths: {prompt: {fixed: 100}}
  num_requests: 10
sweep: {workloadx.arrivals.request_rate: [4/s]}
)");
  EXPECT_NE(errors.find("key 'output' is missing [workload.lengths.output]"), std::string::npos)
      << errors;
  EXPECT_EQ(errors.find("key 'request_rate' is missing"), std::string::npos) << errors;
}

TEST(Sweep, NeedsListsOfValues) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(
          R"(sweep: {workload.arrivals.request_rate: 4/s, engine.max_num_seqs: [], name: [a]}
)")),
      R"(study.yaml:10:41: error: 'workload.arrivals.request_rate' needs a list of values [sweep.workload.arrivals.request_rate]
    sweep: {workload.arrivals.request_rate: 4/s, engine.max_num_seqs: [], name: [a]}
                                            ^
    note: write workload.arrivals.request_rate: [4/s]
study.yaml:10:67: error: 'engine.max_num_seqs' needs a list of values [sweep.engine.max_num_seqs]
    sweep: {workload.arrivals.request_rate: 4/s, engine.max_num_seqs: [], name: [a]}
                                                                      ^
    note: write engine.max_num_seqs: [first, second]
study.yaml:10:71: error: a sweep cannot change 'name' [sweep.name]
    sweep: {workload.arrivals.request_rate: 4/s, engine.max_num_seqs: [], name: [a]}
                                                                          ^
    note: it can change model, cluster, engine, workload, slo, prices
)");
}

TEST(Sweep, PointsAtTheFaultyValue) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(sweep: {workload.arrivals.request_rate: [1/s, 2]}
)")),
            R"(study.yaml:10:47: error: '2' has no unit [workload.arrivals.request_rate]
    sweep: {workload.arrivals.request_rate: [1/s, 2]}
                                                  ^
    note: write for example 2/s
)");
}

TEST(Sweep, HasALimit) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(
          R"(sweep: {engine.block_size: &v [1, 2, 3, 4, 5, 6, 7], engine.max_num_seqs: *v, engine.max_model_len: *v, engine.max_num_batched_tokens: *v, engine.max_cudagraph_capture_size: *v, workload.num_requests: *v}
)")),
      R"(study.yaml:10:179: error: the sweep has more than 100000 points [sweep.workload.num_requests]
    sweep: {engine.block_size: &v [1, 2, 3, 4, 5, 6, 7], engine.max_num_seqs: *v, engine.max_model_len: *v, engine.max_num_batched_tokens: *v, engine.max_cudagraph_
)");
}

TEST(Set, IsKeyEqualsValue) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(), {"engine.max_num_seqs", "=5", "a..b=1"}),
            R"(--set =5:1:1: error: this is not key=value
    =5
    ^
    note: write for example --set engine.max_num_seqs=64
--set a..b=1:1:1: error: this is not key=value
    a..b=1
    ^
    note: write for example --set engine.max_num_seqs=64
--set engine.max_num_seqs:1:1: error: this is not key=value
    engine.max_num_seqs
    ^
    note: write for example --set engine.max_num_seqs=64
)");
}

TEST(Set, PointsAtItsValue) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"engine.max_num_seqs=abc", "workload.arrivals.request_rate=8",
                                      "engine.block_size="}),
      R"(--set engine.block_size=:1:1: error: 'block_size' has no value [engine.block_size]
    engine.block_size=
    ^
    note: tokens of one KV block
--set engine.max_num_seqs=abc:1:21: error: 'abc' is not a number [engine.max_num_seqs]
    engine.max_num_seqs=abc
                        ^
    note: write a decimal number
--set workload.arrivals.request_rate=8:1:32: error: '8' has no unit [workload.arrivals.request_rate]
    workload.arrivals.request_rate=8
                                   ^
    note: write for example 8/s
)");
}

TEST(Set, PointsAtItsKey) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"engine.max_num_sequences=64"}),
      R"(--set engine.max_num_sequences=64:1:1: error: unknown key 'max_num_sequences' [engine.max_num_sequences]
    engine.max_num_sequences=64
    ^
    note: did you mean 'max_num_seqs'?
)");
}

TEST(Set, MustBeYaml) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(), {"engine={block_size: 16"}),
            R"(--set engine={block_size: 16:1:1: error: not valid YAML: end of map flow not found
    engine={block_size: 16
    ^
    note: '{' opened at line 1, column 8 is not closed
)");
}

TEST(Set, CannotReachIntoVariants) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(), {"variants.0.name=x", "extends=y.yaml"}),
            R"(--set extends=y.yaml:1:1: error: 'extends' belongs into a file [extends]
    extends=y.yaml
    ^
--set variants.0.name=x:1:1: error: variants cannot be changed one by one [variants.0.name]
    variants.0.name=x
    ^
    note: write --set variants=[...], or change the key itself
)");
}

}  // namespace
}  // namespace kvsim::config
