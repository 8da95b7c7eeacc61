#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "sim/base/check.hpp"
#include "sim/base/units.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/manifest_json.hpp"
#include "sim/report/resolved_spec.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/vllm_json.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

Json parsed(const spec::RunResult& run) {
  return Json::parse(result_json(sample::single(run)))["runs"][0];
}

std::vector<std::string> keys_of(const Json& json) {
  std::vector<std::string> keys;
  for (const auto& item : json.items()) {
    keys.push_back(item.key());
  }
  return keys;
}

TEST(ResultJson, StartsWithWhatItIs) {
  const Json json = Json::parse(result_json(sample::four_variants()));
  EXPECT_EQ(keys_of(json),
            (std::vector<std::string>{"schema_version", "study", "kvsim_version", "runs"}));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["runs"].size(), 4U);
}

TEST(ResultJson, HasTheRunKeysOfTheContract) {
  spec::RunResult without = sample::run();
  without.step_profile.reset();
  const Json run = parsed(without);
  EXPECT_EQ(keys_of(run),
            (std::vector<std::string>{"id", "variant", "overrides", "metrics", "memory",
                                      "bandwidth", "kv_cache_over_time", "provenance", "intervals",
                                      "notes", "refusals"}));
}

TEST(ResultJson, TellsWhatTheRunWasLikeOverTime) {
  spec::RunResult run = sample::run();
  run.kv_series = {to_duration(Seconds(0.5)), {{10, 1, 2, 3, 0}, {20, 2, 4, 6, 5}}};
  EXPECT_EQ(parsed(run)["kv_cache_over_time"].dump(),
            R"({"interval_s":0.5,"used_blocks":[10,20],"cached_blocks":[1,2],)"
            R"("num_requests_running":[2,4],"num_requests_waiting":[3,6],)"
            R"("num_preemptions":[0,5]})");
}

TEST(ResultJson, TellsWhereTheTimeOfAStepGoes) {
  spec::RunResult run = sample::run();
  spec::StepProfile& profile = run.step_profile.emplace();
  profile.batch = 3;
  profile.context = 1150;
  const auto ms = [](double value) { return to_duration(Seconds(value * 1e-3)); };
  profile.by_batch = {{1, 1150, {ms(5), ms(0.25), ms(0.5), ms(0), ms(1), {}}},
                      {2, 1150, {ms(5), ms(0.5), ms(0.5), ms(0), ms(1), {}}}};
  profile.by_context = {{3, 128, {ms(5), ms(0.125), ms(0.5), ms(0), ms(1), {}}}};
  profile.operators = {
      {"qkv_proj", 2e9, 1e9, ms(0.5), spec::TimeBucket::Weights, spec::Provenance::Measured}};
  profile.peak_flops = 989e12;
  profile.peak_bytes_per_s = 3.35e12;
  profile.peak_dtype = "bf16";
  const Json json = parsed(run)["step_profile"];
  EXPECT_EQ(json["by_batch"].dump(),
            R"({"batch":[1,2],"context":[1150,1150],"time_in_s":{"weights":[0.005,0.005],)"
            R"("kv":[0.00025,0.0005],"compute":[0.0005,0.0005],"collective":[0.0,0.0],)"
            R"("host":[0.001,0.001]}})");
  EXPECT_EQ(json["by_context"]["context"].dump(), "[128]");
  EXPECT_EQ(json["operators"].dump(),
            R"([{"operator":"qkv_proj","flops":2000000000.0,"bytes":1000000000.0,)"
            R"("time_s":0.0005,"bound":"weights","provenance":"measured"}])");
  EXPECT_EQ(json["batch"], 3);
  EXPECT_EQ(json["context"], 1150);
  EXPECT_EQ(json["peak_flops"], 989e12);
  EXPECT_EQ(json["peak_bytes_per_s"], 3.35e12);
  EXPECT_EQ(json["peak_dtype"], "bf16");
  EXPECT_TRUE(json["compute_bound_batch"].is_null());
  run.step_profile->compute_bound_batch = 193;
  EXPECT_EQ(parsed(run)["step_profile"]["compute_bound_batch"], 193);
}

TEST(ResultJson, HasTheMetricKeysOfTheContract) {
  const Json metrics = parsed(sample::run())["metrics"];
  for (const std::string metric : {"ttft", "tpot", "itl", "e2el", "queue"}) {
    for (const std::string statistic : {"mean", "median", "p90", "p95", "p99", "p99_9", "std"}) {
      EXPECT_TRUE(metrics[statistic + "_" + metric + "_ms"].is_number()) << statistic << metric;
    }
  }
  EXPECT_EQ(metrics["p99_9_ttft_ms"], 400.0);
  EXPECT_EQ(metrics["duration"], 100.0);
  EXPECT_EQ(metrics["mean_interactivity"], 100.0);  // 1000 / 10 ms
  EXPECT_EQ(metrics["hbm_bytes_read"], 150'000'000'000'000);
  EXPECT_EQ(metrics["kv_cache_usage_perc"].dump(), R"({"mean":0.1,"p99":0.2,"max":0.25})");
  EXPECT_EQ(metrics["stability"], "stable");
  EXPECT_EQ(metrics["time_share"].dump(),
            R"({"weights":0.4,"kv":0.1,"compute":0.05,"collective":0.0,"host":0.05,"idle":0.4})");
  const Json& method = metrics["percentile_method"];
  EXPECT_EQ(method["name"], "linear (type 7, numpy)");
  EXPECT_EQ(method["exact"], false);
  EXPECT_EQ(method["relative_error"], 1.0 / 256);
  EXPECT_EQ(method["from_histogram"].dump(), R"(["itl"])");
}

TEST(ResultJson, CountsThroughputPerGpu) {
  spec::RunResult run = sample::run();
  run.spec.engine.tensor_parallel_size = 4;
  run.spec.cluster.replicas = 2;
  run.metrics.duration = sample::seconds(50);  // 2 replicas · 50 s = the 100 s of time_in
  const Json metrics = parsed(run)["metrics"];
  EXPECT_EQ(metrics["num_gpus"], 8);
  EXPECT_EQ(metrics["output_throughput_per_gpu"], 100.0);       // 800 / 8
  EXPECT_EQ(metrics["total_token_throughput_per_gpu"], 600.0);  // 4800 / 8
}

TEST(ResultJson, LeavesOutWhatThereIsNot) {
  spec::RunResult run = sample::run();
  run.metrics.request_goodput.reset();
  run.metrics.tpot = {};
  EXPECT_TRUE(parsed(run)["metrics"]["request_goodput"].is_null());
  EXPECT_TRUE(parsed(run)["metrics"]["mean_interactivity"].is_null());
}

TEST(ResultJson, WritesOverridesRefusalsAndIntervals) {
  spec::RunResult run = sample::run();
  run.spec.overrides = {{"a.b", "1"}, {"c", "x"}, {"a.b", "2"}};  // a sweep overrides its variant
  run.refusals = {{RequestId(7), "too long"}};
  run.intervals = {{"p99_ttft_ms", 190, 215, 0.95}};
  const Json json = parsed(run);
  EXPECT_EQ(json["overrides"].dump(), R"({"a.b":"2","c":"x"})");
  EXPECT_EQ(json["refusals"].dump(), R"([{"request_id":7,"reason":"too long"}])");
  EXPECT_EQ(json["intervals"].dump(),
            R"([{"metric":"p99_ttft_ms","low":190.0,"high":215.0,"confidence":0.95}])");
}

// Without replicates the file is as it was before there were any.
TEST(ResultJson, SaysWhatIntervalsRestOn) {
  spec::RunResult run = sample::run();
  EXPECT_FALSE(parsed(run).contains("replication"));
  run.replication = spec::Replication{40, 0.9, 0.02, 3};
  EXPECT_EQ(parsed(run)["replication"].dump(),
            R"({"replicates":40,"confidence":0.9,"truncated_share":0.02,"overloaded":3})");
}

TEST(ResultJson, NamesTheEvidence) {
  const Json provenance = parsed(sample::run())["provenance"];
  EXPECT_EQ(provenance["time_share_by_tag"].dump(),
            R"({"measured":0.75,"fitted-elsewhere":0.0,"extrapolated":0.15,"datasheet":0.1})");
  EXPECT_EQ(provenance["cards"][0].dump(),
            R"({"card":"gemm-h100","operator":"gemm","provenance":"measured",)"
            R"("source":"own measurement","mean_error":0.0217,"time_share":0.75})");
}

TEST(ResultJson, ConservesTime) {
  spec::RunResult run = sample::run();
  run.metrics.time_in = {Duration(7),  Duration(11), Duration(13),
                         Duration(17), Duration(19), Duration(23)};
  run.metrics.duration = Duration(90);
  double sum = 0;
  for (const double part : time_shares(run)) {
    sum += part;
  }
  EXPECT_NEAR(sum, 1.0, 1e-15);
  run.metrics.duration = Duration(91);  // an attosecond is lost
  EXPECT_THROW(static_cast<void>(result_json(sample::single(run))), InternalError);
}

TEST(ResultJson, LetsNoNanPass) {
  spec::RunResult run = sample::run();
  run.metrics.output_throughput = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(result_json(sample::single(run))), InternalError);
  run = sample::run();
  run.memory.max_concurrency = std::numeric_limits<double>::infinity();
  EXPECT_THROW(static_cast<void>(result_json(sample::single(run))), InternalError);
}

TEST(ResultJson, SurvivesARunThatDidNothing) {
  spec::RunResult run;
  run.spec.id = "empty";
  const Json metrics = parsed(run)["metrics"];
  EXPECT_EQ(metrics["completed"], 0);
  EXPECT_EQ(metrics["time_share"]["idle"], 0.0);
}

TEST(ResultJson, HasTheSameBytesEveryTimeAndNoWallTime) {
  StudyResults study = sample::four_variants();
  const std::string once = result_json(study);
  study.runs[0].wall_seconds = 99;
  EXPECT_EQ(result_json(study), once);
}

TEST(JsonInteger, IsExactWhileItFitsAndADoubleBeyond) {
  EXPECT_EQ(json_integer(Int128{9'223'372'036'854'775'807}).dump(), "9223372036854775807");
  EXPECT_EQ(json_integer(Int128{9'223'372'036'854'775'807} + 1).dump(), "9.223372036854776e+18");
}

TEST(ExactText, IsTheShortestThatReadsBack) {
  EXPECT_EQ(exact_text(BytesPerSecond(4.8e12)), "4.8 TB/s");
  EXPECT_EQ(exact_text(BytesPerSecond(3.35e12)), "3.35 TB/s");
  EXPECT_EQ(exact_text(Bytes(std::int64_t{80} << 30)), "80 GiB");
  EXPECT_EQ(exact_text(Bytes(141'000'000'000)), "141 GB");
  EXPECT_EQ(exact_text(Bytes(500'000'000'000)), "500 GB");
  EXPECT_EQ(exact_text(Bytes(0)), "0 B");
  EXPECT_EQ(exact_text(Bytes(1'234'567'891)), "1234567891 B");
  EXPECT_EQ(exact_text(Bytes(9'007'199'254'740'993)), "9007199254740993 B");  // 2^53 + 1
  EXPECT_EQ(exact_text(FlopsPerSecond(989.4e12)), "989.4 TFLOP/s");
  EXPECT_EQ(exact_text(PerSecond(4)), "4/s");
  EXPECT_EQ(exact_text(PerSecond(0.5)), "0.5/s");
  EXPECT_EQ(exact_text(sample::seconds(2)), "2 s");
  EXPECT_EQ(exact_text(sample::seconds(0.05)), "50 ms");
  EXPECT_EQ(exact_text(Duration(Int128{12'345'000'000'001})), "12.345000000001 us");
  EXPECT_EQ(exact_text(Duration()), "0 s");
  EXPECT_EQ(exact_text(Duration(-1)), "-0.000000001 ns");
}

TEST(ExactText, ReadsBackAsTheSameNumber) {
  for (const double value : {1.0 / 3, 3.9e12, 123456789.123, 6.02e23, 1e-3}) {
    EXPECT_EQ(parse_number(exact_text(BytesPerSecond(value)), Dimension::Bandwidth).value, value);
  }
}

TEST(ManifestJson, TellsWhatToRepeatAndHowLongItTook) {
  const StudyResults results = sample::single(sample::run());
  spec::StudySpec study;
  study.name = results.study;
  study.runs = {results.runs[0].spec};
  study.runs[0].seed = 18'446'744'073'709'551'615U;
  study.inputs = {{"study.yaml", "abc123"}};
  spec::CardSpec card;
  card.name = "gemm-h100";
  card.gpus = {"h100-sxm"};
  card.streaming.launch = Duration(Int128{2'500'000'000'000});
  study.cards = {card, card};
  study.cards[1].name = "unused";
  ManifestInfo info{{"kvsim", "run", "study.yaml"}, 7, 40, 0.9, "macro", 0.25, 0.5, Bytes(4096)};
  info.study_path = "study.yaml";
  info.sets = {"model=x"};
  info.outputs = {{"result.json", "def456"}};
  const Json json = Json::parse(manifest_json(info, study, results));
  EXPECT_EQ(keys_of(json),
            (std::vector<std::string>{"kvsim_version", "git_sha", "command", "argv", "study_path",
                                      "sets", "skip_bad_lines", "seed", "replicates", "confidence",
                                      "stepper", "inputs", "outputs", "study", "cards", "speed"}));
  EXPECT_EQ(json["sets"].dump(), R"(["model=x"])");
  EXPECT_EQ(json["outputs"].dump(), R"([{"path":"result.json","sha256":"def456"}])");
  EXPECT_EQ(json["inputs"].dump(), R"([{"path":"study.yaml","sha256":"abc123"}])");
  const Json& run = json["study"]["runs"][0];
  EXPECT_EQ(run["seed"], 18'446'744'073'709'551'615U);
  EXPECT_EQ(run["resolved"]["cluster"]["gpu"]["hbm"]["bandwidth"], "3.35 TB/s");
  EXPECT_EQ(run["resolved"]["slo"].dump(), R"({"ttft":{"p99":"2 s"},"tpot":{"p99":"50 ms"}})");
  EXPECT_EQ(run["resolved"]["workload"]["arrivals"].dump(),
            R"({"process":"poisson","request_rate":"4/s"})");
  EXPECT_EQ(json["cards"].size(), 2U);  // the one in the study as a whole, the other by name
  EXPECT_EQ(json["cards"][0]["streaming"]["launch"], "2.5 us");
  EXPECT_EQ(json["cards"][1]["name"], "roofline");
  EXPECT_EQ(json["speed"]["requests_per_s"], 800.0);    // 400 / 0.5 s
  EXPECT_EQ(json["speed"]["tokens_per_s"], 959'200.0);  // 479600 / 0.5 s
  EXPECT_EQ(json["speed"]["peak_rss_bytes"], 4096);
}

TEST(ManifestJson, MeasuresItsOwnMemory) { EXPECT_GT(peak_rss(), Bytes(1'000'000)); }

TEST(VllmJson, IsTheDictOfVllmBenchServe) {
  const Json json = Json::parse(vllm_json(sample::run()));
  const std::vector<std::string> expected = {"date",
                                             "endpoint_type",
                                             "backend",
                                             "label",
                                             "model_id",
                                             "tokenizer_id",
                                             "num_prompts",
                                             "request_rate",
                                             "burstiness",
                                             "max_concurrency",
                                             "duration",
                                             "completed",
                                             "failed",
                                             "total_input_tokens",
                                             "total_output_tokens",
                                             "request_throughput",
                                             "request_goodput",
                                             "output_throughput",
                                             "total_token_throughput",
                                             "max_output_tokens_per_s",
                                             "max_concurrent_requests",
                                             "mean_ttft_ms",
                                             "median_ttft_ms",
                                             "std_ttft_ms",
                                             "p90_ttft_ms",
                                             "p95_ttft_ms",
                                             "p99_ttft_ms",
                                             "p99.9_ttft_ms"};
  const auto keys = keys_of(json);
  ASSERT_EQ(keys.size(), expected.size() + 21U);  // the same 7 for tpot, itl and e2el
  EXPECT_EQ(std::vector(keys.begin(), keys.begin() + static_cast<long>(expected.size())), expected);
  EXPECT_EQ(json["request_rate"], 4.0);
  EXPECT_EQ(json["p99.9_e2el_ms"], 16'000.0);
  EXPECT_FALSE(json.contains("ttfts"));
}

TEST(VllmJson, WritesInfWhenNothingPacesTheRequests) {
  spec::RunResult run = sample::run();
  run.spec.workload.arrivals.reset();
  run.spec.workload.closed_loop = spec::ClosedLoopSpec{64};
  const Json json = Json::parse(vllm_json(run));
  EXPECT_EQ(json["request_rate"], "inf");
  EXPECT_EQ(json["max_concurrency"], 64);
}

}  // namespace
}  // namespace kvsim::report
