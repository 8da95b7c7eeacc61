#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sim/report/render.hpp"
#include "sim/report/reproduction.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/tables.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

using nlohmann::json;

std::vector<json> specs_of(const StudyResults& study) {
  std::vector<json> specs;
  for (const Chart& chart : make_report(study).charts) {
    specs.push_back(json::parse(chart.spec));
  }
  return specs;
}

// Every {"field": ...} anywhere below.
void collect_fields(const json& node, std::set<std::string>& fields) {
  if (node.is_object() && node.contains("field")) {
    fields.insert(node["field"].get<std::string>());
  }
  if (node.is_structured()) {
    for (const json& child : node) {
      collect_fields(child, fields);
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
  ASSERT_EQ(specs.size(), 6U);
  for (const json& spec : specs) {
    std::set<std::string> used;
    collect_fields(spec, used);
    const auto known = fields_of_data(spec);
    for (const std::string& field : used) {
      EXPECT_TRUE(known.contains(field)) << field << " in " << spec["description"];
    }
    EXPECT_EQ(spec["width"], "container");
    EXPECT_FALSE(spec["description"].get<std::string>().empty());
  }
}

TEST(Charts, ShowEveryRun) {
  for (const json& spec : specs_of(sample::rate_sweep())) {
    if (spec["data"]["values"][0].contains("run")) {
      std::set<std::string> runs;
      for (const json& row : spec["data"]["values"]) {
        runs.insert(row["run"]);
      }
      EXPECT_EQ(runs, (std::set<std::string>{"1/s", "2/s", "4/s", "8/s"})) << spec["description"];
    }
  }
}

TEST(Charts, HaveTheNumbersOfResultJson) {
  const StudyResults study = sample::four_variants();
  const auto specs = specs_of(study);
  const json runs = json::parse(result_json(study))["runs"];
  for (std::size_t i = 0; i < 4; ++i) {
    const json& metrics = runs[i]["metrics"];
    const json& point = specs[0]["data"]["values"][i];
    EXPECT_EQ(point["interactivity"], metrics["mean_interactivity"]);
    EXPECT_EQ(point["throughput"], metrics["output_throughput_per_gpu"]);
    EXPECT_EQ(specs[1]["data"]["values"][i]["value"], runs[i]["memory"]["kv_cache_tokens"]);
    EXPECT_EQ(specs[3]["data"]["values"][i]["p99_9"], metrics["percentiles"]["ttft_ms"]["p99_9"]);
  }
}

TEST(Charts, MarkOverloadedRunsByShape) {
  const json spec = specs_of(sample::four_variants())[0];
  EXPECT_EQ(spec["data"]["values"][3]["stability"], "overloaded");
  const json& scale = spec["layer"][1]["encoding"]["shape"]["scale"];
  EXPECT_EQ(scale["domain"], (json{"stable", "overloaded"}));
  EXPECT_EQ(scale["range"], (json{"circle", "triangle-up"}));
}

TEST(Charts, SurviveARunThatDidNothing) {
  spec::RunResult run;
  run.spec.id = run.spec.variant = "empty";
  EXPECT_EQ(specs_of(sample::single(run)).size(), 3U);  // two of memory, one of time
}

TEST(HtmlWithCharts, CarriesTheBundleAndAllowsNothingElse) {
  StudyResults study = sample::four_variants();
  study.runs[0].spec.variant = "</script><b>";
  const std::string html = to_html(make_report(study), {"var a = '</script>';", {}});
  EXPECT_NE(html.find("<script>var a = '<\\/script>';</script>"), std::string::npos);
  EXPECT_EQ(html.find("</script><b>"), std::string::npos);
  EXPECT_EQ(html.find("unsafe-eval"), std::string::npos);
  EXPECT_NE(html.find("script-src 'sha256-"), std::string::npos);
  for (const char* outside : {"src=", "href=", "http:", "https://cdn"}) {
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
  spec::StudySpec study;
  study.name = "s";
  study.inputs = {{"a b.yaml", "00ff"}};
  const Table table = reproduction_table(study, {{"x=it's"}, 7});
  EXPECT_EQ(table.rows[0].cells[1].text,
            "kvsim run 'a b.yaml' --set 'x=it'\\''s' --seed 7 --out DIR");
  EXPECT_EQ(table.rows[3].cells[1].text, "7");
  EXPECT_EQ(table.rows[4].cells[1].text, "sha256 00ff");
}

}  // namespace
}  // namespace kvsim::report
