// Does the plan see what cards need, count bytes as the simulator does, and fit its time?
#include "calibration/bench/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "calibration/bench/options.hpp"
#include "calibration/bench/raw_csv.hpp"

namespace kvsim::test {
namespace {

using bench::make_plan;
using bench::Op;
using bench::Plan;
using bench::Point;
using bench::Role;

std::vector<Point> cards_of(const Plan& plan, Op op, const std::string& dtype) {
  std::vector<Point> points;
  for (const Point& point : plan.points) {
    if (point.op == op && point.role == Role::Card && point.dtype == dtype) {
      points.push_back(point);
    }
  }
  return points;
}

bool is_power_of_two(std::int64_t value) { return (value & (value - 1)) == 0; }

TEST(Plan, FitsItsTime) {
  EXPECT_LT(bench::expected_plan_seconds(make_plan(true, {}), {}), 60);
  EXPECT_LT(bench::expected_plan_seconds(make_plan(false, {}), {}), 300);
}

TEST(Plan, NamesEachSampleOnce) {
  std::set<std::string> keys;
  const Plan plan = make_plan(false, {});
  for (const Point& point : plan.points) {
    EXPECT_TRUE(keys.insert(bench::key_of(point, 0)).second) << bench::key_of(point, 0);
  }
}

TEST(Plan, GivesEachCard24To48Points) {
  for (const bool quick : {true, false}) {
    const Plan plan = make_plan(quick, {});
    for (const auto& [op, dtype] : std::vector<std::pair<Op, std::string>>{
             {Op::DecodeAttention, "bf16"}, {Op::Gemm, "bf16"}, {Op::Gemm, "fp8"}}) {
      EXPECT_GE(cards_of(plan, op, dtype).size(), 24U) << name_of(op);
      EXPECT_LE(cards_of(plan, op, dtype).size(), 48U) << name_of(op);
    }
  }
  EXPECT_GE(cards_of(make_plan(false, {}), Op::DecodeAttentionMla, "bf16").size(), 24U);
}

TEST(Plan, SeesGroupsWidthsOddBatchesAndContextsBetweenPowersOfTwo) {
  std::set<std::int64_t> groups;
  std::set<std::int64_t> widths;
  int odd = 0;
  int between = 0;
  std::int64_t longest = 0;
  std::int64_t shortest = 1 << 30;
  std::map<std::string, bool> has_large;
  for (const Point& point : cards_of(make_plan(false, {}), Op::DecodeAttention, "bf16")) {
    groups.insert(point["heads"] / point["kv_heads"]);
    widths.insert(point["head_dim"]);
    odd += point["batch"] % 2 == 1 && point["batch"] > 1 ? 1 : 0;
    between += is_power_of_two(point["ctx"]) ? 0 : 1;
    longest = std::max(longest, point["ctx"]);
    shortest = std::min(shortest, point["ctx"]);
    const std::string shape = std::to_string(point["heads"]) + " " +
                              std::to_string(point["kv_heads"]) + " " +
                              std::to_string(point["head_dim"]);
    has_large[shape] = has_large[shape] || bench::cache_bytes(point) > std::int64_t{1} << 30;
  }
  EXPECT_EQ(groups, (std::set<std::int64_t>{1, 2, 4, 8, 16, 32}));
  EXPECT_EQ(widths, (std::set<std::int64_t>{64, 128, 256}));
  EXPECT_GT(odd, 8);
  EXPECT_GT(between, 15);
  EXPECT_EQ(longest, 131072);
  EXPECT_EQ(shortest, 128);
  for (const auto& [shape, large] : has_large) {
    EXPECT_TRUE(large) << shape;
  }
}

TEST(Plan, VisitsStreamsFirstAndEveryPointInEveryRound) {
  const Plan plan = make_plan(false, {});
  for (int round = 0; round < 3; ++round) {
    auto order = bench::order_of_round(plan, round);
    EXPECT_EQ(plan.points[static_cast<std::size_t>(order.front())].op, Op::StreamRead);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < order.size(); ++i) {
      ASSERT_EQ(order[i], static_cast<int>(i));
    }
  }
  EXPECT_NE(bench::order_of_round(plan, 0), bench::order_of_round(plan, 1));
}

TEST(Plan, RefusesAnUnknownOperator) {
  EXPECT_THROW((void)make_plan(true, {"gem"}), std::invalid_argument);
  EXPECT_EQ(cards_of(make_plan(true, {"gemm"}), Op::DecodeAttention, "bf16").size(), 0U);
}

Point decode(std::int64_t batch, std::int64_t ctx, const std::string& mix = "") {
  Point point;
  point.op = Op::DecodeAttention;
  point.shape = {{"batch", batch},  {"heads", 64}, {"kv_heads", 8},
                 {"head_dim", 128}, {"ctx", ctx},  {"page", 16}};
  point.mix = mix;
  return point;
}

// GQA-8, d = 128: 4,096 bytes a token; 32 x 8,192 tokens are 1,073,741,824 bytes; queries and
// results 32 · 2 · 64 · 128 · 2 = 1,048,576. FLOPs 4 · 64 · 128 · 262,144 = 8.59e9.
TEST(Points, CountBytesAndFlopsAsTheSimulatorDoes) {
  const Point point = decode(32, 8192);
  EXPECT_EQ(bench::bytes_of(point), 1073741824 + 1048576);
  EXPECT_EQ(bench::flops_of(point), 4.0 * 64 * 128 * 262144);
  EXPECT_EQ(bench::page_bytes(point), 16 * 4096);
}

TEST(Points, MixContextsAroundTheirMean) {
  for (const char* mix : {"", "one-long", "two-sizes", "spread"}) {
    const auto contexts = bench::contexts_of(decode(32, 8000, mix));
    const double mean = std::accumulate(contexts.begin(), contexts.end(), 0.0) / 32;
    EXPECT_NEAR(mean, 8000, 80) << mix;
    EXPECT_GT(*std::min_element(contexts.begin(), contexts.end()), 0);
  }
  // 31 · 2,000 tokens and one of 256,000 - 62,000.
  EXPECT_EQ(bench::contexts_of(decode(32, 8000, "one-long")).back(), 194000);
}

TEST(Options, ReadWhatIsSaid) {
  const auto options = bench::parse_options(
      {"--quick", "--ops", "gemm,page_read", "--out=x", "--time-budget", "5min", "--rounds", "2"});
  EXPECT_TRUE(options.quick);
  EXPECT_EQ(options.ops, (std::vector<std::string>{"gemm", "page_read"}));
  EXPECT_EQ(options.out, "x");
  EXPECT_EQ(options.time_budget, 300);
  EXPECT_EQ(options.rounds, 2);
}

TEST(Options, SayTheWayOut) {
  const auto message = [](const std::vector<std::string>& arguments) -> std::string {
    try {
      (void)bench::parse_options(arguments);
    } catch (const bench::UsageError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message({"--quik"}), "unknown argument '--quik'; kvsim-calibrate --help lists them");
  EXPECT_EQ(message({"--out"}), "--out needs a value; kvsim-calibrate --help has examples");
  EXPECT_EQ(message({"--time-budget", "soon"}),
            "--time-budget: 'soon' is no time; write for example 60s or 5min");
}

}  // namespace
}  // namespace kvsim::test
