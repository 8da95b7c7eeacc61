// Is every token dealt out once, and to workers of equal load?
#include "calibration/kernels/work_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace kvsim::test {
namespace {

using kernels::Segment;
using kernels::WorkPlan;
using kernels::WorkShape;

std::int64_t tiles(const Segment& segment, int tile) {
  return (segment.end_token - segment.first_token + tile - 1) / tile;
}

// Segments of each row in order, from token 0 to its end without gap; tiles are not cut.
void expect_every_token_once(const WorkPlan& plan, const std::vector<int>& contexts,
                             const WorkShape& shape) {
  std::map<std::pair<int, int>, int> reached;
  for (const Segment& segment : plan.segments) {
    int& token = reached[{segment.sequence, segment.unit}];
    EXPECT_EQ(segment.first_token, token);
    EXPECT_EQ(segment.first_token % shape.tile_tokens, 0);
    EXPECT_GT(segment.end_token, segment.first_token);
    token = segment.end_token;
  }
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    for (int unit = 0; unit < shape.units; ++unit) {
      const auto row = reached.find({static_cast<int>(i), unit});
      EXPECT_EQ(row == reached.end() ? 0 : row->second, contexts[i]);
    }
  }
}

// A row in one piece has no partial; pieces of another are numbered without gap and merged once.
void expect_partials_match_merges(const WorkPlan& plan) {
  std::vector<int> merged(static_cast<std::size_t>(plan.partials), 0);
  for (const kernels::MergeRow& row : plan.merges) {
    EXPECT_NE(row.partials, 1);
    for (int i = 0; i < row.partials; ++i) {
      ++merged[static_cast<std::size_t>(row.first_partial + i)];
    }
  }
  for (const Segment& segment : plan.segments) {
    if (segment.partial >= 0) {
      merged[static_cast<std::size_t>(segment.partial)] += 10;
    }
  }
  EXPECT_TRUE(std::all_of(merged.begin(), merged.end(), [](int seen) { return seen == 11; }));
}

std::int64_t load_of(const WorkPlan& plan, std::size_t worker, const WorkShape& shape) {
  std::int64_t load = 0;
  for (int i = plan.begin[worker]; i < plan.begin[worker + 1]; ++i) {
    load +=
        tiles(plan.segments[static_cast<std::size_t>(i)], shape.tile_tokens) + shape.overhead_tiles;
  }
  return load;
}

// payload = ceil(sum (tiles + overhead) / workers) + overhead bounds every worker.
void expect_balance(const WorkPlan& plan, const std::vector<int>& contexts,
                    const WorkShape& shape) {
  std::int64_t total = 0;
  for (const int context : contexts) {
    if (context > 0) {
      total += ((context + shape.tile_tokens - 1) / shape.tile_tokens + shape.overhead_tiles) *
               shape.units;
    }
  }
  const std::int64_t payload =
      std::max<std::int64_t>((total + shape.workers - 1) / shape.workers, shape.least_tiles) +
      shape.overhead_tiles;
  ASSERT_LE(plan.begin.size(), static_cast<std::size_t>(shape.workers) + 1);
  for (std::size_t worker = 0; worker + 1 < plan.begin.size(); ++worker) {
    EXPECT_LE(load_of(plan, worker, shape), payload) << "worker " << worker;
  }
}

TEST(WorkPlan, DealsEveryTokenOnceToWorkersOfEqualLoad) {
  std::mt19937 random(5);
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (int i = 0; i < 300; ++i) {
    const WorkShape shape{between(1, 9), between(0, 1) == 0 ? 16 : 32, between(1, 300),
                          between(0, 8), between(1, 8)};
    std::vector<int> contexts(static_cast<std::size_t>(between(1, 40)));
    for (int& context : contexts) {
      context = between(0, 3) == 0 ? between(0, 17) : between(1, 5000);
    }
    const WorkPlan plan = kernels::plan_work(contexts, shape);
    expect_every_token_once(plan, contexts, shape);
    expect_partials_match_merges(plan);
    expect_balance(plan, contexts, shape);
  }
}

// 31 sequences of 2,048 tokens and one of 194,000: 128 and 12,125 tiles of 16 for each of 8 heads.
// (31·128 + 12,125 + 32·2)·8 = 129,256 over 1,056 warps: 123 each, so the long one is cut in
// about 99.
TEST(WorkPlan, CutsTheLongSequenceOfASkewedBatch) {
  std::vector<int> contexts(31, 2048);
  contexts.push_back(194000);
  const WorkPlan plan = kernels::plan_work(contexts, {8, 16, 1056, 2, 4});
  int pieces = 0;
  for (const Segment& segment : plan.segments) {
    pieces += segment.sequence == 31 && segment.unit == 0 ? 1 : 0;
  }
  EXPECT_NEAR(pieces, 12125 / 123.0, 3);
}

TEST(WorkPlan, LeavesShortRowsWholeAndNamesEmptyOnes) {
  const WorkPlan plan = kernels::plan_work({40, 0, 64}, {1, 16, 100, 1, 4});
  ASSERT_EQ(plan.segments.size(), 2U);
  EXPECT_EQ(plan.segments[0].partial, -1);
  EXPECT_EQ(plan.segments[1].end_token, 64);
  ASSERT_EQ(plan.merges.size(), 1U);
  EXPECT_EQ(plan.merges[0].sequence, 1);
  EXPECT_EQ(plan.merges[0].partials, 0);
}

}  // namespace
}  // namespace kvsim::test
