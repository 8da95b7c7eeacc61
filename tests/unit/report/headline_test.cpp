#include "sim/report/headline.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

// 1 200 000 / 60 000 = 20 and 900 000 / 60 000 = 15.
TEST(Headline, ComparesFourVariants) {
  EXPECT_EQ(headline(sample::four_variants()),
            "On 8 × h200-sxm, MLA and MQA hold 20.0×, GQA-8 15.0× the KV tokens of MHA (60 000); "
            "at 4 requests/s, MLA (p99 TPOT 31.2 ms; 100.0 output tok/s per GPU) and "
            "GQA-8 (p99 TPOT 40 ms; 100.0 output tok/s per GPU) stay within every limit; MQA (p99 "
            "TPOT 62 ms, limit 50 ms; 100.0 output tok/s per GPU) is stable but misses limits; MHA "
            "(20.00 output tok/s per GPU) is overloaded.");
}

TEST(Headline, SaysHowFarEachVariantGoesInASweep) {
  StudyResults study{"grid", {}, {}};
  for (spec::RunResult run : sample::four_variants().runs) {
    for (const int rate : {2, 4}) {
      run.spec.workload.arrivals->request_rate = PerSecond(rate);
      run.spec.overrides.emplace_back("workload.arrivals.request_rate",
                                      std::to_string(rate) + "/s");
      if (run.spec.variant == "GQA-8" && rate == 4) {
        run.metrics.stability = spec::Stability::Backlogged;
      }
      if (run.spec.variant != "MQA") {
        study.runs.push_back(run);
      }
    }
  }
  EXPECT_EQ(
      headline(study),
      "On 8 × h200-sxm, MLA holds 20.0×, GQA-8 15.0× the KV tokens of MHA (60 000); of the loads "
      "tried, the highest within every limit is 4 requests/s for MLA, 2 requests/s for GQA-8, none "
      "for MHA; at 4 requests/s, the highest load, MLA stays within every limit; GQA-8 is "
      "backlogged; MHA is overloaded.");
}

TEST(Headline, ClaimsNoMemoryRatioAcrossDifferentGpus) {
  StudyResults study = sample::four_variants();
  study.runs[0].spec.cluster.gpu.name = "b200";
  EXPECT_TRUE(headline(study).starts_with("At 4 requests/s, MLA (p99 TPOT")) << headline(study);
}

// Two variants of one memory at three loads. At 8 requests/s one is overloaded, so that 4 is the
// highest load at which both are stable: TTFT is 800/200 = 4 times as long there, TPOT 48/40 = 1.2.
StudyResults same_memory() {
  StudyResults study{"bursts", {}, {}};
  for (const char* name : {"even", "bursty"}) {
    for (const int rate : {2, 4, 8}) {
      spec::RunResult run = sample::run();
      run.spec.variant = name;
      run.spec.id = fmt::format("{}-{}", name, rate);
      run.spec.workload.arrivals->request_rate = PerSecond(rate);
      if (run.spec.variant == "bursty") {
        run.metrics.ttft.p99 = 800;
        run.metrics.tpot.p99 = 48;
        run.metrics.stability = rate == 8 ? spec::Stability::Overloaded : spec::Stability::Stable;
      }
      study.runs.push_back(run);
    }
  }
  return study;
}

TEST(Headline, SaysWhatDiffersWhereTheMemoryDoesNot) {
  StudyResults study = same_memory();
  EXPECT_EQ(
      headline(study),
      "Of the loads tried, the highest within every limit is 8 requests/s for even, 4 requests/s "
      "for bursty; at 4 requests/s, the highest at which all are stable, p99 TTFT is 200 ms for "
      "even and 800 ms for bursty; at 8 requests/s, the highest load, even stays within every "
      "limit; bursty is overloaded.");
  study.runs[5].metrics.stability = spec::Stability::Stable;
  EXPECT_EQ(
      headline(study),
      "Of the loads tried, the highest within every limit is 8 requests/s for even and bursty; "
      "at 8 requests/s, the highest load, p99 TTFT is 200 ms for even and 800 ms for bursty; "
      "even and bursty stay within every limit.");
}

// The larger ratio decides which latency is told; nothing is where all are within 2 %.
TEST(Headline, SaysNothingOfLatenciesThatAreAlike) {
  StudyResults study = same_memory();
  study.runs[4].metrics.ttft.p99 = 202;
  EXPECT_NE(headline(study).find("p99 TPOT is 40 ms for even and 48 ms for bursty"),
            std::string::npos)
      << headline(study);
  study.runs[4].metrics.tpot.p99 = 40.4;
  EXPECT_EQ(headline(study).find("p99"), std::string::npos) << headline(study);
}

TEST(Headline, ComparesOnlyMemoryThatDiffers) {
  StudyResults study = sample::four_variants();
  study.runs[2].memory.kv_cache_tokens = 60'000;  // MQA, as MHA
  EXPECT_TRUE(
      headline(study).starts_with("On 8 × h200-sxm, MLA holds 20.0×, GQA-8 15.0× the KV tokens "
                                  "of MQA and MHA (60 000 each); at 4 requests/s"))
      << headline(study);
}

// 1.002 times is not 1.00 times; what four decimals do not show is no difference.
TEST(FormatRatio, ShowsThatOneIsNotTheOther) {
  EXPECT_EQ(format_ratio(1), "1.00×");
  EXPECT_EQ(format_ratio(1.002), "1.002×");
  EXPECT_EQ(format_ratio(0.9997), "0.9997×");
  EXPECT_EQ(format_ratio(1.00001), "1.00×");
  EXPECT_EQ(format_ratio(1.01), "1.01×");
}

TEST(LoadText, CountsOneAsOne) {
  EXPECT_EQ(load_text({1, true}), "1 client");
  EXPECT_EQ(load_text({64, true}), "64 clients");
  EXPECT_EQ(load_text({1, false}), "1 request/s");
  EXPECT_EQ(load_text({1, false, true}), "1 conversation/s");
  EXPECT_EQ(load_text({0.5, false, true}), "0.5 conversations/s");
}

// The sample's step turns at 300 sequences.
TEST(Headline, SaysWhereTheStepTurnsComputeBound) {
  spec::RunResult run = sample::run();
  run.spec.engine.max_num_seqs = 299;
  EXPECT_EQ(headline(sample::single(run)).find("compute-bound"), std::string::npos);
  run.spec.engine.max_num_seqs = 300;
  EXPECT_TRUE(
      headline(sample::single(run))
          .ends_with("; every limit is met; a decode step turns compute-bound at batch 300."))
      << headline(sample::single(run));
  StudyResults study = sample::four_variants();
  for (spec::RunResult& each : study.runs) {
    each.spec.engine.max_num_seqs = 512;
  }
  study.runs[0].step_profile->compute_bound_batch = 193;
  study.runs[3].step_profile->compute_bound_batch.reset();
  EXPECT_TRUE(headline(study).ends_with(
      "; a decode step turns compute-bound at batch 193 for MLA, 300 for GQA-8 and MQA."))
      << headline(study);
  study.runs[3].step_profile->compute_bound_batch = 300;
  study.runs[0].step_profile->compute_bound_batch = 300;
  EXPECT_TRUE(headline(study).ends_with("; a decode step turns compute-bound at batch 300."));
}

TEST(Headline, NamesVariantsThatDoNotFit) {
  StudyResults study = sample::four_variants();
  study.runs[3].memory.kv_cache_tokens = 0;
  study.runs[3].metrics.completed = 0;
  const std::string text = headline(study);
  EXPECT_TRUE(
      text.starts_with("On 8 × h200-sxm, MLA and MQA hold 1.33× the KV tokens of "
                       "GQA-8 (900 000); "))
      << text;
  EXPECT_TRUE(text.ends_with("; MHA does not fit into HBM.")) << text;
}

TEST(Headline, DescribesOneRun) {
  EXPECT_EQ(headline(sample::single(sample::run())),
            "llama-3.1-8b on 1 × h100-sxm is stable at 4 requests/s: 4.000 requests/s and 800.0 "
            "output tok/s per GPU, p99 TTFT 200 ms, p99 TPOT 40 ms, KV usage at most 25.0 %; the "
            "largest part of busy time goes to reading weights (66.7 %); every limit is met.");
}

TEST(Headline, QuotesNoLatencyOfAnOverloadedRun) {
  spec::RunResult run = sample::run();
  run.metrics.stability = spec::Stability::Overloaded;
  run.metrics.request_throughput = 2.5;
  run.metrics.refused = 3;
  EXPECT_EQ(
      headline(sample::single(run)),
      "llama-3.1-8b on 1 × h100-sxm is overloaded at 4 requests/s: it finishes 2.500 "
      "requests/s and 800.0 output tok/s per GPU, the queue grows as long as requests arrive, "
      "so its latencies say nothing about a steady state; the largest part of busy time goes "
      "to reading weights (66.7 %); 3 requests were refused.");
  run.spec.workload.conversation = spec::ConversationSpec{};
  const std::string text = headline(sample::single(run));
  EXPECT_NE(text.find("overloaded at 4 conversations/s"), std::string::npos) << text;
  EXPECT_NE(text.find("the queue grows as long as conversations begin"), std::string::npos) << text;
}

TEST(Headline, SaysUpToWhichLoadAVariantHolds) {
  EXPECT_EQ(headline(sample::rate_sweep()),
            "llama-3.1-8b on 1 × h100-sxm stays within every limit up to 4 requests/s (p99 TTFT "
            "200 ms, p99 TPOT 40 ms, 800.0 output tok/s per GPU); at 8 requests/s it is "
            "overloaded.");
}

TEST(Headline, DoesNotSayUpToWhenALowerLoadFailed) {
  StudyResults study = sample::rate_sweep();
  study.runs[0].metrics.ttft.p99 = 2500;
  EXPECT_EQ(headline(study),
            "llama-3.1-8b on 1 × h100-sxm stays within every limit at 2 of 4 loads but not at the "
            "lowest, 1 request/s, where it misses limits (p99 TTFT 2.5 s, limit 2 s).");
}

TEST(Headline, CountsRunsOfAnyOtherSweep) {
  StudyResults study = sample::rate_sweep();
  for (spec::RunResult& run : study.runs) {
    run.spec.overrides[0].first = "engine.block_size";
    run.spec.workload.arrivals->request_rate = PerSecond(4);
  }
  EXPECT_EQ(headline(study),
            "Of 4 runs, 3 stay within every limit and 1 is overloaded; the most output per GPU "
            "among those within every limit comes from block_size=4/s (p99 TPOT 40 ms; 800.0 "
            "output tok/s per GPU).");
}

TEST(RunLabels, NameOnlyWhatVaries) {
  EXPECT_EQ(run_labels(sample::four_variants().runs),
            (std::vector<std::string>{"MLA", "GQA-8", "MQA", "MHA"}));
  EXPECT_EQ(run_labels(sample::rate_sweep().runs),
            (std::vector<std::string>{"1/s", "2/s", "4/s", "8/s"}));
  StudyResults twins = sample::rate_sweep();
  for (spec::RunResult& run : twins.runs) {
    run.spec.overrides.clear();
  }
  EXPECT_EQ(run_labels(twins.runs)[1], "base-2");  // nothing tells them apart but the id
}

}  // namespace
}  // namespace kvsim::report
