// Values that are not what their key needs.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

TEST(Value, MayNotLookOctal) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, block_size: 016}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:42: error: '016' has a leading zero [engine.block_size]
    engine: {profile: vllm-0.24, block_size: 016}
                                             ^
    note: some programs read that as octal; write it without the zero
)");
}

TEST(Value, MustBeWholeWhereThingsAreCounted) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, block_size: 16.5}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:42: error: '16.5' is not a whole number [engine.block_size]
    engine: {profile: vllm-0.24, block_size: 16.5}
                                             ^
    note: write it without a fraction
)");
}

TEST(Value, IsNoNumberInQuotes) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, block_size: "16"}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:42: error: "16" is text because of its quotes [engine.block_size]
    engine: {profile: vllm-0.24, block_size: "16"}
                                             ^
    note: write 16
)");
}

TEST(Value, TakesTrueAndFalseOnly) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, enable_chunked_prefill: yes, enforce_eager: off, async_scheduling: "true"}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:54: error: 'yes' is not true or false [engine.enable_chunked_prefill]
    engine: {profile: vllm-0.24, enable_chunked_prefill: yes, enforce_eager: off, async_scheduling: "true"}
                                                         ^
    note: write true
study.yaml:5:74: error: 'off' is not true or false [engine.enforce_eager]
    engine: {profile: vllm-0.24, enable_chunked_prefill: yes, enforce_eager: off, async_scheduling: "true"}
                                                                             ^
    note: write false
study.yaml:5:97: error: "true" is text because of its quotes [engine.async_scheduling]
    engine: {profile: vllm-0.24, enable_chunked_prefill: yes, enforce_eager: off, async_scheduling: "true"}
                                                                                                    ^
    note: write true
)");
}

TEST(Value, NeedsAUnit) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
slo: {ttft: {p99: 2}}
)"),
            R"(study.yaml:7:46: error: '4' has no unit [workload.arrivals.request_rate]
      arrivals: {process: poisson, request_rate: 4}
                                                 ^
    note: write for example 4/s
study.yaml:10:19: error: '2' has no unit [slo.ttft.p99]
    slo: {ttft: {p99: 2}}
                      ^
    note: write for example 2 ms
)");
}

TEST(Value, NeedsAUnitOfItsKind) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, non_torch_memory: 600 ms}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
slo: {ttft: {p99: 2 GiB}}
)"),
            R"(study.yaml:5:48: error: 'ms' is not a unit here [engine.non_torch_memory]
    engine: {profile: vllm-0.24, non_torch_memory: 600 ms}
                                                   ^
    note: known units: B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB
study.yaml:10:19: error: 'GiB' is not a unit here [slo.ttft.p99]
    slo: {ttft: {p99: 2 GiB}}
                      ^
    note: known units: ns, us, ms, s, min, h
)");
}

TEST(Value, TakesNoUnitWhereThingsAreCounted) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, max_model_len: 8 KiB}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:45: error: '8 KiB' is not a plain number [engine.max_model_len]
    engine: {profile: vllm-0.24, max_model_len: 8 KiB}
                                                ^
    note: write it without a unit
)");
}

TEST(Value, HasLimits) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, gpu_memory_utilization: 92, block_size: 0}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
slo: {ttft: {p99: -1 s}}
)"),
            R"(study.yaml:5:54: error: '92' is too large [engine.gpu_memory_utilization]
    engine: {profile: vllm-0.24, gpu_memory_utilization: 92, block_size: 0}
                                                         ^
    note: gpu_memory_utilization must be at most 1
study.yaml:5:70: error: '0' is too small [engine.block_size]
    engine: {profile: vllm-0.24, gpu_memory_utilization: 92, block_size: 0}
                                                                         ^
    note: block_size must be at least 1
study.yaml:10:19: error: '-1 s' is too small [slo.ttft.p99]
    slo: {ttft: {p99: -1 s}}
                      ^
    note: p99 must be greater than 0 s
)");
}

TEST(Value, FitsItsType) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, block_size: 1e300, non_torch_memory: 99999999 TB}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
slo: {ttft: {p99: 1e15 s}}
)"),
            R"(study.yaml:5:42: error: '1e300' is out of range [engine.block_size]
    engine: {profile: vllm-0.24, block_size: 1e300, non_torch_memory: 99999999 TB}
                                             ^
    note: write a smaller number
study.yaml:5:67: error: '99999999 TB' is out of range [engine.non_torch_memory]
    engine: {profile: vllm-0.24, block_size: 1e300, non_torch_memory: 99999999 TB}
                                                                      ^
    note: write a smaller number
study.yaml:10:19: error: '1e15 s' is out of range [slo.ttft.p99]
    slo: {ttft: {p99: 1e15 s}}
                      ^
    note: write a smaller number
)");
}

TEST(Value, OfAChoiceIsOneOfAList) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, kv_cache_dtype: fp88}
workload:
  arrivals: {process: poison, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:46: error: 'fp88' is no value of 'kv_cache_dtype' [engine.kv_cache_dtype]
    engine: {profile: vllm-0.24, kv_cache_dtype: fp88}
                                                 ^
    note: did you mean 'fp8'?
    note: known here: auto, bf16, fp16, fp8, fp8_per_token_head, int8_per_token_head, int4_group32, int4_group64, int4_group128, nvfp4, fp8_ds_mla
study.yaml:7:23: error: 'poison' is no value of 'process' [workload.arrivals.process]
      arrivals: {process: poison, request_rate: 4/s}
                          ^
    note: did you mean 'poisson'?
    note: known here: poisson, gamma, constant, all_at_once, stages, sine
)");
}

TEST(Value, OfAChoiceMayBeGuessedInAnyCase) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, kv_cache_dtype: FP8}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:46: error: 'FP8' is no value of 'kv_cache_dtype' [engine.kv_cache_dtype]
    engine: {profile: vllm-0.24, kv_cache_dtype: FP8}
                                                 ^
    note: did you mean 'fp8'?
    note: known here: auto, bf16, fp16, fp8, fp8_per_token_head, int8_per_token_head, int4_group32, int4_group64, int4_group128, nvfp4, fp8_ds_mla
)");
}

TEST(Value, IsAWordOrANumber) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}, max_tokens: outptu}
  num_requests: 10
)"),
      R"(study.yaml:8:93: error: 'outptu' is no value of 'max_tokens' [workload.lengths.max_tokens]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}, max_tokens: outptu}
                                                                                                ^
    note: write output or a whole number
)");
}

TEST(Value, MayNotBeLeftOut) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name:
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
slo:
)"),
            R"(study.yaml:2:1: error: 'name' has no value [name]
    name:
    ^
    note: name of the study
study.yaml:10:1: error: 'slo' has no value [slo]
    slo:
    ^
    note: latency limits: a name in configs/slos, or the limits themselves
)");
}

TEST(Value, IsNeitherListNorMap) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, block_size: [16], max_num_seqs: {a: 1}}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
      R"(study.yaml:5:42: error: 'block_size' is a list, but must be a single value [engine.block_size]
    engine: {profile: vllm-0.24, block_size: [16], max_num_seqs: {a: 1}}
                                             ^
    note: tokens of one KV block
study.yaml:5:62: error: 'max_num_seqs' is a map of keys, but must be a single value [engine.max_num_seqs]
    engine: {profile: vllm-0.24, block_size: [16], max_num_seqs: {a: 1}}
                                                                 ^
    note: sequences that may run at once
)");
}

TEST(Value, IsAMapWhereKeysBelong) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: vllm-0.24
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:5:9: error: 'engine' is a single value, but must be a map of keys [engine]
    engine: vllm-0.24
            ^
    note: how one replica is served
)");
}

TEST(Value, IsAListWhereThereAreMany) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {empirical: {tokens: 5, weights: [1, x]}}}
  num_requests: 10
)"),
      R"(study.yaml:8:88: error: 'tokens' is a single value, but must be a list [workload.lengths.output.empirical.tokens]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {empirical: {tokens: 5, weights: [1, x]}}}
                                                                                           ^
    note: write [5]
study.yaml:8:104: error: 'x' is not a number [workload.lengths.output.empirical.weights[1]]
      lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {empirical: {tokens: 5, weights: [1, x]}}}
                                                                                                           ^
    note: write a decimal number
)");
}

}  // namespace
}  // namespace kvsim::config
