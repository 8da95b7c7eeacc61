// What a plan's page, its files and its report.json hold.
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/report/candidates_csv.hpp"
#include "sim/report/charts.hpp"
#include "sim/report/plan_json.hpp"
#include "sim/report/render.hpp"
#include "sim/report/snapshot.hpp"
#include "sim/report/tables.hpp"
#include "tests/unit/report/chart_fields.hpp"
#include "tests/unit/report/plan_sample.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

using nlohmann::json;
using spec::ReportChart;
using spec::ReportTable;

StudyResults one_plan() { return sample::planned({sample::plan()}); }
StudyResults three_variants() {
  return sample::planned(
      {sample::plan_of("MHA", 5), sample::plan_of("GQA-8", 2), sample::plan_of("MLA", 1)});
}

// Title and cells of a table, a line each.
std::string text_of(const Table& table) {
  std::string text;
  for (const Column& column : table.columns) {
    text += full_title(column) + '|';
  }
  for (const Row& row : table.rows) {
    text += '\n';
    for (const Cell& cell : row.cells) {
      text += cell.text + '|';
    }
  }
  return text;
}

std::string table_text(ReportTable name, const StudyResults& results) {
  return text_of(table_of(name, subject_of(results)));
}

std::string notes_of(ReportTable name, const StudyResults& results) {
  std::string text;
  for (const std::string& note : table_of(name, subject_of(results)).notes) {
    text += note + '\n';
  }
  return text;
}

// 14 400 tokens/s over 40, 16 and 8 GPUs are 360, 900 and 1800; 0.83 of the cache.
TEST(PlanTables, AnswerEachQuestion) {
  EXPECT_EQ(
      table_text(ReportTable::Plan, three_variants()),
      "question|GPUs|GPU|replicas|settings|p99 TTFT|p99 TTFT, interval|p99 TPOT|p99 TPOT, "
      "interval|KV peak|bound by|output per GPU (tok/s)|per user (tok/s)|per hour|per M output "
      "tokens|\n"
      "MHA|40|h200-sxm|5 × TP 8|max_num_seqs 128|1.4 s of 2 s|1.2 s to 1.7 s|38 ms of 50 ms|"
      "36.1 ms to 39.9 ms|83.0 %|HBM bandwidth|360.0|40.00|$100.00|$1.93|\n"
      "GQA-8|16|h200-sxm|2 × TP 8|max_num_seqs 128|1.4 s of 2 s|1.2 s to 1.7 s|38 ms of 50 ms|"
      "36.1 ms to 39.9 ms|83.0 %|HBM bandwidth|900.0|40.00|$40.00|$0.77|\n"
      "MLA|8|h200-sxm|1 × TP 8|max_num_seqs 128|1.4 s of 2 s|1.2 s to 1.7 s|38 ms of 50 ms|"
      "36.1 ms to 39.9 ms|83.0 %|HBM bandwidth|1 800|40.00|$20.00|$0.39|");
}

TEST(PlanTables, SayWhatCameNearestWithoutAPlan) {
  StudyResults results = sample::planned({sample::no_plan()});
  const auto words = [&] {
    std::string text;
    const Table table = table_of(ReportTable::Plan, subject_of(results));
    for (std::size_t i = 1; i < 7; ++i) {
      text += table.rows[0].cells[i].text + '|';
    }
    return text;
  };
  EXPECT_EQ(words(), "no plan|h200-sxm|8 × TP 8|max_num_seqs 128|1.4 s of 2 s|1.2 s to 1.7 s|");
  EXPECT_NE(notes_of(ReportTable::Plan, results).find("of the layout that came nearest"),
            std::string::npos);
  results.plans[0].layouts[0].points[0].overloaded = true;
  EXPECT_EQ(words(), "no plan|h200-sxm|8 × TP 8|max_num_seqs 128|overloaded|–|");
}

// Of six layouts two are refused for memory; the winner is not dropped.
TEST(PlanTables, CountWhyLayoutsWereDropped) {
  EXPECT_EQ(table_text(ReportTable::PlanDropped, one_plan()),
            "what decided|fate|layouts|for example|\n"
            "memory|refused|2|TP 1 on h100-sxm (max_num_seqs 128): the weights need 685 GB of 80 "
            "GB|\n"
            "more GPUs|meets|1|TP 4 on h200-sxm (max_num_seqs 128): needs 44 GPUs, the plan 40|\n"
            "p99 TPOT|rejected|1|TP 8 on h100-sxm (max_num_seqs 128): p99 TPOT 90 ms of 50 ms with "
            "5 replicas|\n"
            "HBM bandwidth|pruned|1|TP 2 on h200-sxm (max_num_seqs 128): needs 24 replicas, 48 "
            "GPUs|");
  EXPECT_TRUE(notes_of(ReportTable::PlanDropped, one_plan())
                  .starts_with("6 layouts in all, 3 decided without a simulation; 9 simulations of "
                               "36 000 requests together."));
  EXPECT_TRUE(table_text(ReportTable::PlanDropped, three_variants())
                  .find("what decided|fate|MHA|GQA-8|MLA|for example|\nmemory|refused|2|2|2|") ==
              0);
}

// 48 - 40 = 8, 32 - 40 = -8; 4 to 6 replicas of 8 GPUs are 32 to 48.
TEST(PlanTables, SayWhatWouldChangeIt) {
  EXPECT_EQ(table_text(ReportTable::PlanSensitivity, one_plan()),
            "change|replicas|GPUs|change|\n"
            "as the study says|5|40|0|\n"
            "rate +20 %|6|48|+8|\n"
            "rate -20 %|4|32|-8|\n"
            "lengths +20 %|–|more than 64|–|\n"
            "kernel times and arrivals drawn anew, 20 times|4 to 6|32 to 48|–|");
  EXPECT_EQ(notes_of(ReportTable::PlanSensitivity, one_plan()),
            "18 of 20 draws meet the limits with the plan as it is, 1 with one replica less. "
            "Between the two numbers lie 95 % of what the draws would take.\n"
            "Of the plan's own layout: another one might be better then.\n");
  // 52.5 / 63 - 1 = -16.7 %
  EXPECT_EQ(table_text(ReportTable::PlanSensitivity, sample::planned({sample::throughput_plan()})),
            "change|requests (1/s)|change|\n"
            "as the study says|63.00|+0.0 %|\n"
            "lengths +20 %|52.50|-16.7 %|\n"
            "kernel times and arrivals drawn anew, 20 times|58 to 66|–|");
}

TEST(PlanTables, ShowTheFrontAndTheBestLayouts) {
  const Table front = table_of(ReportTable::PlanFront, subject_of(one_plan()));
  ASSERT_EQ(front.rows.size(), 2U);
  EXPECT_EQ(front.rows[0].cells[0].text, "5 replicas × TP 8 on h200-sxm (max_num_seqs 128)");
  EXPECT_EQ(front.rows[0].cells[2].text, "yes");
  EXPECT_EQ(front.rows[1].cells[2].text, "no");
  const Table layouts = table_of(ReportTable::PlanLayouts, subject_of(one_plan()));
  std::vector<std::string> fates;
  for (const Row& row : layouts.rows) {
    fates.push_back(row.cells[2].text);
  }
  EXPECT_EQ(fates, (std::vector<std::string>{"winner", "meets", "rejected", "pruned", "refused",
                                             "refused"}));
}

TEST(PlanTables, LeaveMostLayoutsToTheFile) {
  StudyResults results = one_plan();
  results.plans[0].layouts.insert(results.plans[0].layouts.end(), 1000,
                                  results.plans[0].layouts[5]);
  EXPECT_EQ(table_of(ReportTable::PlanLayouts, subject_of(results)).rows.size(), 12U);
  EXPECT_EQ(notes_of(ReportTable::PlanLayouts, results),
            "994 more in candidates.csv, which has every layout.\n");
}

TEST(PlanTables, AreWithoutRowsWhenNobodyPlanned) {
  const StudyResults runs = sample::four_variants();
  for (std::size_t i = 0; i < spec::kReportTableNames.size(); ++i) {
    const auto name = static_cast<ReportTable>(i);
    if (is_of_plans(name)) {
      EXPECT_TRUE(table_of(name, subject_of(runs)).rows.empty()) << spec::kReportTableNames[i];
    } else {  // and a plan may have no run
      EXPECT_TRUE(table_of(name, subject_of(one_plan())).rows.empty())
          << spec::kReportTableNames[i];
    }
  }
}

// ---- the page -------------------------------------------------------------------------------

TEST(PlanPage, BeginsWithTheAnswer) {
  const std::string text = to_terminal(make_report(one_plan()), {.brief = true});
  EXPECT_TRUE(text.starts_with("how-many\n40 GPUs = 5 replicas × TP 8 on h200-sxm")) << text;
  for (const char* part : {"\nThe plan\n", "\nWhy layouts were dropped\n",
                           "\nWhat would change it\n", "\nHow to start it\n",
                           "\nvllm serve deepseek-ai/DeepSeek-V3 \\\n    --tensor-parallel-size 8 "
                           "\\\n    --max-num-seqs 128 \\\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << text;
  }
  EXPECT_EQ(text.find("Layouts, the best first"), std::string::npos);
}

TEST(PlanPage, LeavesTheRunsBehindItOutOfTheShortForm) {
  StudyResults results = one_plan();
  results.runs = {sample::run()};
  const std::string brief = to_terminal(make_report(results), {.brief = true});
  EXPECT_EQ(brief.find("At a glance"), std::string::npos) << brief;
  EXPECT_NE(to_terminal(make_report(results)).find("At a glance"), std::string::npos);
}

TEST(PlanPage, HasASentenceForEachQuestion) {
  const Report report = make_report(three_variants());
  const std::string markdown = to_markdown(report);
  EXPECT_NE(markdown.find("**MLA needs 8 GPUs for this traffic, GQA-8 16, MHA 40: 5.0 times as "
                          "many.**\n\n- MHA: 40 GPUs = 5 replicas"),
            std::string::npos)
      << markdown;
  EXPECT_NE(markdown.find("\n```sh\nvllm serve MODEL \\\n"), std::string::npos);
  EXPECT_NE(markdown.find("\nGQA-8: 2 replicas are 2 such servers"), std::string::npos);
  const std::string html = to_html(report, {"x", {}});
  EXPECT_NE(html.find("<ul class=\"findings\">\n<li>MHA: 40 GPUs"), std::string::npos);
  EXPECT_NE(html.find("<th scope=\"col\" data-variant=\"MLA\">MLA</th>"), std::string::npos);
  EXPECT_NE(html.find("<pre class=\"scroll\" tabindex=\"0\"><code>vllm serve MODEL \\\n    "
                      "--tensor-parallel-size 8"),
            std::string::npos);
}

TEST(PlanPage, KeepsItsSectionsUnderAFilterOfRuns) {
  StudyResults results = one_plan();
  results.runs = {sample::run()};
  spec::ReportTemplate page;
  page.sections.emplace_back().tables = {ReportTable::Plan};
  page.sections[0].where = {{"stability", {"stable"}, {}, {}}};
  EXPECT_EQ(make_report(results, page).sections.at(0).title, "The plan");
}

// ---- charts ---------------------------------------------------------------------------------

json chart_spec(ReportChart name, const StudyResults& results) {
  const auto chart = chart_of(name, subject_of(results));
  return chart ? json::parse(chart->spec) : json();
}

TEST(PlanCharts, EncodeOnlyFieldsThatTheDataHas) {
  for (const auto name :
       {ReportChart::PlanGpus, ReportChart::PlanFront, ReportChart::PlanSensitivity}) {
    const json spec = chart_spec(name, three_variants());
    std::set<std::string> fields;
    collect_fields(spec["encoding"], fields);
    collect_fields(spec["layer"], fields);
    EXPECT_FALSE(fields.empty());
    for (const std::string& field : fields) {
      EXPECT_TRUE(spec["data"]["values"][0].contains(field)) << field;
    }
  }
}

TEST(PlanCharts, ShowEveryQuestionAndEveryLayoutThatWillDo) {
  const json gpus = chart_spec(ReportChart::PlanGpus, three_variants())["data"]["values"];
  ASSERT_EQ(gpus.size(), 3U);
  EXPECT_EQ(gpus[0]["amount"], 40.0);
  EXPECT_EQ(gpus[2]["text"], "8 GPUs");
  EXPECT_TRUE(chart_spec(ReportChart::PlanGpus, one_plan()).is_null());  // one bar is no picture
  const json front = chart_spec(ReportChart::PlanFront, one_plan())["data"]["values"];
  ASSERT_EQ(front.size(), 2U);
  EXPECT_EQ(front[0]["throughput"], 360.0);
  EXPECT_EQ(front[1]["front"], "beaten by another");
}

// Bars from 40 GPUs to 48, to 32, to the 64 that are allowed; draws from 32 to 48.
TEST(PlanCharts, ShowWhatWouldChangeIt) {
  const json rows = chart_spec(ReportChart::PlanSensitivity, one_plan())["data"]["values"];
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0]["from"], 40.0);
  EXPECT_EQ(rows[0]["to"], 48.0);
  EXPECT_EQ(rows[2]["text"], "> 64");
  EXPECT_EQ(rows[3]["from"], 32.0);
  EXPECT_EQ(rows[3]["base"], 40.0);
}

TEST(PlanCharts, DrawALineWhereTheRateIsSwept) {
  std::vector<spec::PlanAnswer> plans;
  for (const int replicas : {1, 2, 5}) {
    plans.push_back(sample::plan_of("base", replicas));
    plans.back().id += std::to_string(replicas);
    plans.back().run->workload.arrivals->request_rate = PerSecond(10 * replicas);
  }
  const json spec = chart_spec(ReportChart::PlanGpus, sample::planned(plans));
  EXPECT_EQ(spec["encoding"]["x"]["field"], "rate");
  EXPECT_EQ(spec["data"]["values"][2]["rate"], 50.0);
  EXPECT_EQ(spec["data"]["values"][2]["amount"], 40.0);
}

// ---- files ----------------------------------------------------------------------------------

TEST(PlanJson, HoldsTheAnswerAndEveryLayout) {
  const json j = json::parse(plan_json(one_plan()));
  EXPECT_EQ(j["schema_version"], 1);
  EXPECT_EQ(j["study"], "how-many");
  const json& question = j["questions"][0];
  EXPECT_TRUE(question["sentence"].get<std::string>().starts_with("40 GPUs = 5 replicas"));
  EXPECT_EQ(question["winner"], 2);
  EXPECT_EQ(question["plan"]["objective"], "min_gpus");
  EXPECT_EQ(question["plan"]["replicas"], "auto");
  EXPECT_EQ(question["layouts"].size(), 6U);
  const json& winner = question["layouts"][2];
  EXPECT_EQ(winner["choice"], (json{{"cluster.gpu", "h200-sxm"},
                                    {"engine.tensor_parallel_size", "8"},
                                    {"engine.max_num_seqs", "128"}}));
  EXPECT_EQ(winner["fate"], "winner");
  EXPECT_EQ(winner["best"], 1);
  EXPECT_EQ(winner["points"][1]["limits"][1]["value_ms"], 38.0);
  EXPECT_EQ(question["layouts"][0]["best"], nullptr);
  EXPECT_EQ(question["below"]["replicas"], 4);
  EXPECT_EQ(question["draws"]["high"], 6.0);
  EXPECT_EQ(question["sensitivity"][2]["gpus"], nullptr);
  EXPECT_EQ(question["miss"], nullptr);
  EXPECT_EQ(question["counts"]["refused"], 2);
  EXPECT_EQ(question["counts"]["simulations"], 9);
  EXPECT_TRUE(question["serve"]["command"].get<std::string>().starts_with(
      "vllm serve deepseek-ai/DeepSeek-V3 --tensor-parallel-size 8 --max-num-seqs 128"));
}

TEST(PlanJson, WritesNullForAnUnboundedEnd) {
  StudyResults results = sample::planned({sample::no_plan()});
  results.plans[0].layouts[0].points[0].limits[1].high_ms = std::numeric_limits<double>::infinity();
  const json question = json::parse(plan_json(results))["questions"][0];
  EXPECT_EQ(question["layouts"][0]["points"][0]["limits"][1]["high_ms"], nullptr);
  EXPECT_EQ(question["winner"], nullptr);
  EXPECT_EQ(question["serve"], nullptr);
  EXPECT_EQ(question["miss"]["ways_out"][1], "max_num_seqs 64");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Whatever the answers are: each layout once, in order, and a reason for each but the winner.
TEST(Candidates, HaveEachLayoutOnceAndItsReason) {
  const StudyResults results =
      sample::planned({sample::plan(), sample::plan_of("MLA", 1), sample::no_plan()});
  const auto lines = lines_of(candidates_csv(results));
  EXPECT_TRUE(
      lines[0].starts_with("question_id,variant,cluster.gpu,engine.tensor_parallel_size,"
                           "engine.max_num_seqs,gpu,gpus_per_replica,fate,rule,reason,"))
      << lines[0];
  std::size_t next = 1;
  for (const spec::PlanAnswer& answer : results.plans) {
    for (const spec::PlanLayout& layout : answer.layouts) {
      const std::string fate(spec::name_of(layout.fate, spec::kLayoutFateNames));
      const std::string reason =
          layout.reason.find(',') == std::string::npos ? layout.reason : '"' + layout.reason + '"';
      const std::string begin = answer.id + ',' + answer.variant + ',' + layout.gpu + ',' +
                                layout.choice[1].second + ",128," + layout.gpu + ',' +
                                std::to_string(layout.gpus_per_replica) + ',' + fate + ',' +
                                layout.rule + ',' + reason + ',';
      EXPECT_TRUE(lines.at(next).starts_with(begin)) << lines.at(next);
      EXPECT_EQ(layout.reason.empty(), layout.fate == spec::LayoutFate::Winner);
      ++next;
    }
  }
  EXPECT_EQ(next, lines.size());
}

TEST(Candidates, TellTheBestRunOfALayout) {
  const auto lines = lines_of(candidates_csv(one_plan()));
  EXPECT_EQ(lines[3],
            "base,base,h200-sxm,8,128,h200-sxm,8,winner,,,3,true,2,5,40,1,50,1400,1200,1700,2000,"
            "38,36.1,39.9,50,false,true,true,0.995,14400,360,40,0.83,0.7,HBM bandwidth,100,"
            "1.9290123456790123,3600");
  EXPECT_TRUE(
      lines[6].starts_with("base,base,h200-sxm,2,128,h200-sxm,2,pruned,HBM bandwidth,"
                           "\"needs 24 replicas, 48 GPUs\",3,false,0,,,,"))
      << lines[6];
}

// Infinities too; the same page and the same files come out.
TEST(Snapshot, GivesTheSamePlanAgain) {
  StudyResults results =
      sample::planned({sample::plan(), sample::throughput_plan(), sample::no_plan()});
  const double infinite = std::numeric_limits<double>::infinity();
  results.plans[0].layouts[2].points[1].limits[0].high_ms = infinite;
  results.plans[1].draws.high = infinite;
  results.runs = {sample::run()};
  const Snapshot snapshot{results, {}, {}, {}};
  const std::string text = snapshot_json(snapshot);
  std::vector<spec::RunSpec> specs = {results.runs[0].spec, *results.plans[0].run,
                                      *results.plans[1].run};
  std::size_t next = 0;
  const Snapshot again =
      read_snapshot("report.json", text, [&](const std::string&) { return specs.at(next++); });
  EXPECT_EQ(next, 3U);
  EXPECT_EQ(snapshot_json(again), text);
  EXPECT_EQ(plan_json(again.results), plan_json(results));
  EXPECT_EQ(candidates_csv(again.results), candidates_csv(results));
  EXPECT_EQ(to_html(make_report(again.results), {"x", {}}),
            to_html(make_report(results), {"x", {}}));
  EXPECT_EQ(again.results.plans[0].layouts[2].points[1].limits[0].high_ms, infinite);
  EXPECT_EQ(again.results.plans[1].draws.high, infinite);
  EXPECT_EQ(again.results.plans[0].run->cluster.replicas, 5);
  EXPECT_FALSE(again.results.plans[2].run);
}

TEST(Snapshot, OfRunsAloneSpeaksOfNoPlan) {
  EXPECT_EQ(snapshot_json({sample::four_variants(), {}, {}, {}}).find("plans"), std::string::npos);
}

}  // namespace
}  // namespace kvsim::report
