#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sim/report/charts.hpp"
#include "sim/report/render.hpp"
#include "sim/report/reproduction.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/tables.hpp"
#include "tests/unit/report/chart_fields.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

using nlohmann::json;

std::vector<json> specs_of(const StudyResults& study) {
  std::vector<json> specs;
  for (const Section& section : make_report(study).sections) {
    for (const Chart& chart : section.charts) {
      specs.push_back(json::parse(chart.spec));
    }
  }
  return specs;
}

// What transforms add to the rows: {"as": ...}.
void collect_made(const json& node, std::set<std::string>& fields) {
  if (node.is_object() && node.contains("as")) {
    fields.insert(node["as"].get<std::string>());
  }
  if (node.is_structured()) {
    for (const json& child : node) {
      collect_made(child, fields);
    }
  }
}

std::set<std::string> fields_of_data(const json& spec) {
  std::set<std::string> known;
  const auto add = [&](const json& part) {
    if (part.contains("data")) {
      for (const auto& item : part["data"]["values"][0].items()) {
        known.insert(item.key());
      }
    }
  };
  add(spec);
  for (const json& layer : spec.value("layer", json::array())) {
    add(layer);
  }
  return known;
}

TEST(Charts, EncodeOnlyFieldsThatTheDataHas) {
  const auto specs = specs_of(sample::four_variants());
  ASSERT_EQ(specs.size(), 14U);  // of 18: one load, no prefix found, no preemption
  for (const json& spec : specs) {
    std::set<std::string> used;
    collect_fields(spec, used);
    auto known = fields_of_data(spec);
    collect_made(spec, known);
    for (const std::string& field : used) {
      EXPECT_TRUE(known.contains(field)) << field << " in " << spec["description"];
    }
    EXPECT_EQ(spec["width"], "container");
    EXPECT_FALSE(spec["description"].get<std::string>().empty());
  }
}

TEST(Charts, ShowEveryRun) {
  for (const json& spec : specs_of(sample::rate_sweep())) {
    const bool of_some =
        spec["data"]["values"][0].contains("time") || spec["data"]["values"][0].contains("op");
    if (spec["data"]["values"][0].contains("run") && !of_some) {
      std::set<std::string> runs;
      for (const json& row : spec["data"]["values"]) {
        runs.insert(row["run"]);
      }
      EXPECT_EQ(runs, (std::set<std::string>{"1/s", "2/s", "4/s", "8/s"})) << spec["description"];
    }
  }
}

json spec_of(spec::ReportChart name, const StudyResults& study) {
  const auto chart = chart_of(name, subject_of(study));
  return chart ? json::parse(chart->spec) : json();
}

TEST(Charts, HaveTheNumbersOfResultJson) {
  using spec::ReportChart;
  const StudyResults study = sample::four_variants();
  const json runs = json::parse(result_json(study))["runs"];
  const json speed = spec_of(ReportChart::ThroughputInteractivity, study);
  const json tokens = spec_of(ReportChart::KvTokens, study);
  const json ttft = spec_of(ReportChart::Ttft, study);
  for (std::size_t i = 0; i < 4; ++i) {
    const json& metrics = runs[i]["metrics"];
    const json& point = speed["data"]["values"][i];
    EXPECT_EQ(point["interactivity"], metrics["mean_interactivity"]);
    EXPECT_EQ(point["throughput"], metrics["output_throughput_per_gpu"]);
    EXPECT_EQ(tokens["data"]["values"][i]["value"], runs[i]["memory"]["kv_cache_tokens"]);
    EXPECT_EQ(ttft["data"]["values"][i]["p99_9"], metrics["percentiles"]["ttft_ms"]["p99_9"]);
  }
}

// The curve does not wait for answers. That is nothing to requests that come whenever they come,
// and much to the turns of conversations.
TEST(Charts, SayThatTheCurveLeavesOutHowLongAnswersOfConversationsTake) {
  spec::RunResult run = sample::run();
  run.prefix_curve = spec::PrefixCurve{.requests = 400,
                                       .points = {{1000, 0.2}, {100'000, 0.9}},
                                       .capacity_tokens = 442'352,
                                       .hit_rate_at_capacity = 0.9,
                                       .ideal_hit_rate = 0.9,
                                       .enough_tokens = 100'000};
  const auto words = [&] {
    const StudyResults study = sample::single(run);
    const Subject subject = subject_of(study);
    return fmt::format("{} {}", chart_of(spec::ReportChart::HitRate, subject)->hint,
                       fmt::join(table_of(spec::ReportTable::PrefixCache, subject).notes, " "));
  };
  EXPECT_EQ(words().find("conversation"), std::string::npos) << words();
  run.spec.workload.conversation = spec::ConversationSpec{};
  EXPECT_NE(words().find("Answers of conversations come at once on the line"), std::string::npos)
      << words();
  EXPECT_NE(words().find("Here answers of conversations come at once"), std::string::npos)
      << words();
}

TEST(Charts, MarkOverloadedRunsByShape) {
  const json spec = spec_of(spec::ReportChart::ThroughputInteractivity, sample::four_variants());
  EXPECT_EQ(spec["data"]["values"][3]["stability"], "overloaded");
  const json& scale = spec["layer"][2]["encoding"]["shape"]["scale"];
  EXPECT_EQ(scale["domain"], (json{"stable", "overloaded"}));
  EXPECT_EQ(scale["range"], (json{"circle", "triangle-up"}));
}

// 4 GFLOP over 50 MB are 80 FLOP/byte; in 1 ms that is 4 TFLOP/s. The roofs meet at
// 989e12 / 3.35e12 = 295.2 FLOP/byte.
TEST(Charts, PutOperatorsUnderTheRoofline) {
  const json spec = spec_of(spec::ReportChart::Roofline, sample::single(sample::run()));
  ASSERT_EQ(spec["data"]["values"].size(), 1U);  // the host has no intensity
  EXPECT_DOUBLE_EQ(spec["data"]["values"][0]["intensity"], 80);
  EXPECT_DOUBLE_EQ(spec["data"]["values"][0]["rate"], 4);
  EXPECT_NEAR(spec["layer"][0]["data"]["values"][1]["intensity"].get<double>(), 295.2, 0.1);
  EXPECT_DOUBLE_EQ(spec["layer"][0]["data"]["values"][1]["rate"], 989);
}

// Of 27 647 blocks 20 000 are in use at the second sample.
TEST(Charts, ShowWhatHappensOverTime) {
  using spec::ReportChart;
  const StudyResults study = sample::single(sample::run());
  const json kv = spec_of(ReportChart::KvOverTime, study)["data"]["values"];
  ASSERT_EQ(kv.size(), 4U);  // nothing is kept: one line
  EXPECT_EQ(kv[1]["time"], 50.0);
  EXPECT_DOUBLE_EQ(kv[1]["value"], 20'000.0 / 27'647);
  const json load = spec_of(ReportChart::LoadOverTime, study)["data"]["values"];
  ASSERT_EQ(load.size(), 8U);
  EXPECT_EQ(load[3]["part"], "waiting");
  EXPECT_EQ(load[3]["value"], 3.0);
  EXPECT_TRUE(spec_of(ReportChart::PreemptionsOverTime, study).is_null());
}

TEST(Charts, OfLatencyAgainstLoadNeedTwoLoads) {
  EXPECT_TRUE(spec_of(spec::ReportChart::TtftLoad, sample::four_variants()).is_null());
  const json spec = spec_of(spec::ReportChart::TtftLoad, sample::rate_sweep());
  EXPECT_EQ(spec["data"]["values"].size(), 4U);
  EXPECT_EQ(spec["data"]["values"][2]["load"], 4.0);
}

TEST(Charts, LetThePageHideVariants) {
  for (const json& spec : specs_of(sample::four_variants())) {
    const bool has_variant = spec["data"]["values"][0].contains("variant");
    EXPECT_EQ(spec.dump().find("indexof(hidden, datum.variant)") != std::string::npos, has_variant)
        << spec["description"];
  }
}

TEST(Charts, SurviveARunThatDidNothing) {
  spec::RunResult run;
  run.spec.id = run.spec.variant = "empty";
  EXPECT_EQ(specs_of(sample::single(run)).size(), 4U);  // two of memory, two of time and bandwidth
}

TEST(HtmlWithCharts, CarriesTheBundleAndAllowsNothingElse) {
  StudyResults study = sample::four_variants();
  study.runs[0].spec.variant = "</script><b>";
  const std::string html = to_html(make_report(study), {"var a = '</script>';", {}});
  EXPECT_NE(html.find("<script>var a = '<\\/script>';</script>"), std::string::npos);
  EXPECT_EQ(html.find("</script><b>"), std::string::npos);
  EXPECT_EQ(html.find("unsafe-eval"), std::string::npos);
  EXPECT_NE(html.find("script-src 'sha256-"), std::string::npos);
  for (const char* outside : {"src=", "href=\"h", "http:", "https://cdn"}) {
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  }
  EXPECT_EQ(html, to_html(make_report(study), {"var a = '</script>';", {}}));
}

// echo -n x | openssl dgst -sha256 -binary | base64
TEST(HtmlWithCharts, NamesTheScriptByItsHash) {
  const std::string html = to_html(make_report(sample::four_variants()), {"x", {}});
  EXPECT_NE(html.find("'sha256-LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE='"), std::string::npos);
}

TEST(HtmlWithoutCharts, SaysWhy) {
  const std::string html = to_html(make_report(sample::four_variants()));
  EXPECT_NE(html.find("This page has no charts"), std::string::npos);
  EXPECT_EQ(html.find("<figure"), std::string::npos);
}

TEST(ReproductionTable, NamesCommandSeedAndInputs) {
  const Table table = reproduction_table("s", {{"a b.yaml", "00ff"}}, {{"x=it's"}, 7});
  EXPECT_EQ(table.rows[0].cells[1].text,
            "kvsim run 'a b.yaml' --set 'x=it'\\''s' --seed 7 --out DIR");
  EXPECT_EQ(table.rows[3].cells[1].text, "7");
  EXPECT_EQ(table.rows[4].cells[1].text, "sha256 00ff");
}

}  // namespace
}  // namespace kvsim::report
