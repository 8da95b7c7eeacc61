// Priorities from a trace's column, from a JSON key, or drawn.
#include <gtest/gtest.h>

#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

std::vector<std::int64_t> priorities_of(const std::vector<Request>& requests) {
  std::vector<std::int64_t> priorities;
  for (const Request& request : requests) {
    priorities.push_back(request.priority);
  }
  return priorities;
}

using Priorities = std::vector<std::int64_t>;

TEST(Priorities, AreReadFromAColumnThatMayBeAbsent) {
  const TraceFile with("arrival_s,priority,prompt_tokens,output_tokens\n0,5,10,1\n1,-3,10,1\n");
  EXPECT_EQ(priorities_of(all_of(with.csv())), (Priorities{5, -3}));
  const TraceFile without("arrival_s,prompt_tokens,output_tokens\n0,10,1\n1,10,1\n");
  EXPECT_EQ(priorities_of(all_of(without.csv())), (Priorities{0, 0}));
}

TEST(Priorities, AreReadFromAKeyThatMayBeAbsent) {
  const TraceFile file(
      "{\"timestamp\":0,\"input_length\":10,\"output_length\":1,\"priority\":2}\n"
      "{\"timestamp\":1,\"input_length\":10,\"output_length\":1}\n");
  EXPECT_EQ(priorities_of(all_of(file.mooncake())), (Priorities{2, 0}));
}

TEST(Priorities, OfANamedColumnMustBeThere) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens,class\n0,10,1,4\n");
  spec::WorkloadSpec workload = file.csv();
  workload.columns.priority = "class";
  EXPECT_EQ(priorities_of(all_of(workload)), (Priorities{4}));
  workload.columns.priority = "rank";
  EXPECT_NE(file.error_of(workload).find("the header has no column 'rank'"), std::string::npos)
      << file.error_of(workload);
}

TEST(Priorities, AreWholeNumbers) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens,priority\n0,10,1,high\n");
  EXPECT_NE(file.error_of(file.csv()).find("'high' is not a priority, a whole number like 0"),
            std::string::npos)
      << file.error_of(file.csv());
}

// 1 : 3, so 500 of 2000 are expected, with a standard deviation of 19.
TEST(Priorities, AreDrawnWithoutTouchingAnythingElse) {
  spec::WorkloadSpec workload = chat(4, 2000);
  std::vector<Request> plain = all_of(workload);
  workload.priorities = spec::PrioritySpec{{-1, 4}, {1, 3}};
  const std::vector<Request> ranked = all_of(workload);
  std::int64_t urgent = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    urgent += ranked[i].priority == -1 ? 1 : 0;
    EXPECT_TRUE(ranked[i].priority == -1 || ranked[i].priority == 4);
    plain[i].priority = ranked[i].priority;
    EXPECT_EQ(plain[i], ranked[i]);
  }
  EXPECT_NEAR(static_cast<double>(urgent), 500, 80);
}

}  // namespace
}  // namespace kvsim::workload
