// Rules between fields, and what cannot be simulated yet.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

TEST(Rule, PointsAtTheFieldToChange) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 50}}, output: {uniform: {min: 5, max: 3}}}
  num_requests: 10
)"),
      R"(study.yaml:8:46: error: 'p99' is below the mean [workload.lengths.prompt.lognormal.p99]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 50}}, output: {uniform: {min: 5, max: 3}}}
                                                 ^
    note: a lognormal's p99 lies above its mean unless it hardly varies
study.yaml:8:84: error: 'max' is smaller than min [workload.lengths.output.uniform.max]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 50}}, output: {uniform: {min: 5, max: 3}}}
                                                                                       ^
    note: swap the two
)");
}

TEST(Rule, AboutAMissingKeyPointsAtItsMap) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
)"),
            R"(study.yaml:6:1: error: 'num_requests' is missing [workload.num_requests]
    workload:
    ^
    note: say how many requests to draw, for example num_requests: 20000
)");
}

TEST(Rule, IsNotToldOfAFieldThatIsFaultyAnyway) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: many, p99: 0}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:8:40: error: 'many' is not a number [workload.lengths.prompt.lognormal.mean]
      lengths: {prompt: {lognormal: {mean: many, p99: 0}}, output: {fixed: 100}}
                                           ^
    note: write a decimal number
study.yaml:8:51: error: '0' is too small [workload.lengths.prompt.lognormal.p99]
      lengths: {prompt: {lognormal: {mean: many, p99: 0}}, output: {fixed: 100}}
                                                      ^
    note: p99 must be at least 1
)");
}

TEST(Rule, ATypoSilencesTheRuleItBreaks) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_request: 10
)"),
            R"(study.yaml:9:3: error: unknown key 'num_request' [workload.num_request]
      num_request: 10
      ^
    note: did you mean 'num_requests'?
)");
}

TEST(Rule, ATraceBringsItsOwnLengths) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  trace: t.csv
  num_requests: 10
)"),
            R"(study.yaml:8:3: error: 'lengths' stands beside a trace [workload.lengths]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
      ^
    note: a trace brings its own lengths: drop one of the two
)");
}

TEST(Rule, HeadsMustBeShareable) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, tensor_parallel_size: 12}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:52: error: 32 attention heads cannot be shared by 12 GPUs [engine.tensor_parallel_size]
    engine: {profile: vllm-0.24, tensor_parallel_size: 12}
                                                       ^
    note: choose a tensor_parallel_size that divides num_attention_heads
)");
}

TEST(Rule, KvHeadsMustBeShareable) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, tensor_parallel_size: 16}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)",
                       {"model.attention.num_key_value_heads=1", "model.num_attention_heads=48",
                        "model.attention={variant: gqa, num_key_value_heads: 6}"}),
      R"(study.yaml:5:52: error: 6 KV heads can neither be split nor copied evenly over 16 GPUs [engine.tensor_parallel_size]
    engine: {profile: vllm-0.24, tensor_parallel_size: 16}
                                                       ^
    note: one of the two numbers must divide the other
)");
}

TEST(Rule, ContextsMustSuitModelAndEngine) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, max_model_len: 200000, max_num_batched_tokens: 512, enable_chunked_prefill: false}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:45: error: max_model_len = 200000 is more than the model was made for [engine.max_model_len]
    engine: {profile: vllm-0.24, max_model_len: 200000, max_num_batched_tokens: 512, enable_chunked_prefill: false}
                                                ^
    note: max_position_embeddings of llama-3.1-8b is 131072
study.yaml:5:77: error: max_num_batched_tokens = 512 is less than max_model_len = 200000 [engine.max_num_batched_tokens]
    engine: {profile: vllm-0.24, max_model_len: 200000, max_num_batched_tokens: 512, enable_chunked_prefill: false}
                                                                                ^
    note: without chunked prefill a whole prompt must fit into one step
)");
}

TEST(Rule, AVisibleMemoryBeyondTheDatasheetIsAUnitMistake) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"cluster.gpu.hbm.visible=90 GiB"}),
      R"(--set cluster.gpu.hbm.visible=90 GiB:1:1: error: 'visible' is larger than the capacity, even if the datasheet's GB are GiB [cluster.gpu.hbm.visible]
    cluster.gpu.hbm.visible=90 GiB
    ^
    note: CUDA reports a little less than the datasheet: mind GB (10^9) and GiB (2^30)
)");
}

TEST(Unsupported, ParallelismIsRefusedByName) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, pipeline_parallel_size: 2, data_parallel_size: 4, decode_context_parallel_size: 2}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:54: error: pipeline stages cannot be simulated yet: pipeline_parallel_size = 2 [engine.pipeline_parallel_size]
    engine: {profile: vllm-0.24, pipeline_parallel_size: 2, data_parallel_size: 4, decode_context_parallel_size: 2}
                                                         ^
    note: leave pipeline_parallel_size at 1
study.yaml:5:77: error: data-parallel ranks cannot be simulated yet: data_parallel_size = 4 [engine.data_parallel_size]
    engine: {profile: vllm-0.24, pipeline_parallel_size: 2, data_parallel_size: 4, decode_context_parallel_size: 2}
                                                                                ^
    note: leave data_parallel_size at 1
study.yaml:5:110: error: ranks that share one context cannot be simulated yet: decode_context_parallel_size = 2 [engine.decode_context_parallel_size]
    engine: {profile: vllm-0.24, pipeline_parallel_size: 2, data_parallel_size: 4, decode_context_parallel_size: 2}
                                                                                                                 ^
    note: leave decode_context_parallel_size at 1
)");
}

TEST(Rule, EachPriorityHasAWeight) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, scheduling_policy: priority}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  priorities: {values: [0, 5], weights: [1]}
  num_requests: 10
)"),
      R"(study.yaml:9:32: error: 'weights' has not one value per priority [workload.priorities.weights]
      priorities: {values: [0, 5], weights: [1]}
                                   ^
    note: give as many weights as values
)");
}

TEST(Unsupported, WhatVllmDoesNotStartWithIsRefused) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, max_num_partial_prefills: 4}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:56: error: vLLM V1 does not start with max_num_partial_prefills = 4 [engine.max_num_partial_prefills]
    engine: {profile: vllm-0.24, max_num_partial_prefills: 4}
                                                           ^
    note: leave max_num_partial_prefills at 1; long_prefill_token_threshold limits the chunk of one prompt
)");
}

TEST(Rule, AWatermarkLeavesBlocksToAdmit) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, watermark: 1}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:30: error: 'watermark' leaves no block to admit anybody [engine.watermark]
    engine: {profile: vllm-0.24, watermark: 1}
                                 ^
    note: choose a share below 1, for example 0.05
)");
}

TEST(Routers, SettingsOfNoEffectAreNoted) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.notes(folder.load_text(good_study(), {"cluster.router=session"})),
      R"(--set cluster.router=session:1:16: note: router: session, but no request belongs to a conversation: all go to the replica with the fewest outstanding requests [cluster.router]
    cluster.router=session
                   ^
)");
  EXPECT_EQ(
      folder.notes(folder.load_text(good_study(), {"cluster.view_interval=100ms"})),
      R"(--set cluster.view_interval=100ms:1:23: note: view_interval is of no effect unless router: least_kv [cluster.view_interval]
    cluster.view_interval=100ms
                          ^
)");
  EXPECT_EQ(folder.notes(folder.load_text(
                good_study(), {"cluster.router=least_kv", "cluster.view_interval=100ms"})),
            "");
}

TEST(Routers, PrefixesOfNoEffectAreNoted) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.notes(folder.load_text(good_study(), {"cluster.router=prefix_aware"})),
      R"(--set cluster.router=prefix_aware:1:16: note: router: prefix_aware, but no requests have a beginning in common: all go to the replica with the fewest outstanding requests [cluster.router]
    cluster.router=prefix_aware
                   ^
)");
  const std::string shared = "workload.shared_prefix={num_groups: 3, tokens: {fixed: 100}}";
  EXPECT_EQ(
      folder.notes(folder.load_text(good_study(), {"cluster.router=prefix_aware", shared,
                                                   "engine.enable_prefix_caching=false"})),
      R"(--set cluster.router=prefix_aware:1:16: note: router: prefix_aware, but replicas keep no prefixes: enable_prefix_caching is false [cluster.router]
    cluster.router=prefix_aware
                   ^
)");
  EXPECT_EQ(folder.notes(folder.load_text(good_study(), {"cluster.router=prefix_aware", shared,
                                                         "engine.enable_prefix_caching=true",
                                                         "cluster.balance_abs_threshold=8"})),
            "");
  EXPECT_EQ(
      folder.notes(folder.load_text(good_study(), {"cluster.prefix_match_threshold=0.3"})),
      R"(--set cluster.prefix_match_threshold=0.3:1:32: note: prefix_match_threshold is of no effect unless router: prefix_aware [cluster.prefix_match_threshold]
    cluster.prefix_match_threshold=0.3
                                   ^
)");
}

TEST(Routers, ThresholdsHaveLimits) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(),
                       {"cluster.router=prefix_aware", "cluster.balance_rel_threshold=0.9"}),
      R"(--set cluster.balance_rel_threshold=0.9:1:31: error: '0.9' is too small [cluster.balance_rel_threshold]
    cluster.balance_rel_threshold=0.9
                                  ^
    note: balance_rel_threshold must be at least 1
)");
  EXPECT_EQ(folder.errors_in(good_study(), {"cluster.startup_delay=90"}),
            R"(--set cluster.startup_delay=90:1:23: error: '90' has no unit [cluster.startup_delay]
    cluster.startup_delay=90
                          ^
    note: write for example 90 ms
)");
}

TEST(Routers, AViewIsNotFromTheFuture) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(), {"cluster.router=least_kv", "cluster.view_interval=-1ms"}),
      R"(--set cluster.view_interval=-1ms:1:23: error: '-1ms' is too small [cluster.view_interval]
    cluster.view_interval=-1ms
                          ^
    note: view_interval must be at least 0 s
)");
}

TEST(Unsupported, RoutersAndFormatsAreRefusedByName) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm, router: kv_aware}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)",
                       {"workload.format=sharegpt"}),
      R"(--set workload.format=sharegpt:1:17: error: 'sharegpt' cannot be simulated yet [workload.format]
    workload.format=sharegpt
                    ^
    note: use lengths, after counting the tokens of its conversations
study.yaml:4:34: error: 'kv_aware' cannot be simulated yet [cluster.router]
    cluster: {gpu: h100-sxm, router: kv_aware}
                                     ^
    note: use prefix_aware, least_kv or least_outstanding
)");
  EXPECT_EQ(
      folder.errors_in(good_study(), {"cluster.router=cache_aware"}),
      R"(--set cluster.router=cache_aware:1:16: error: 'cache_aware' cannot be simulated yet [cluster.router]
    cluster.router=cache_aware
                   ^
    note: use prefix_aware, which decides as SGLang's cache_aware does
)");
}

}  // namespace
}  // namespace kvsim::config
