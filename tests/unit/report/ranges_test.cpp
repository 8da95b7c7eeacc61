// Intervals as a reader meets them.
#include "sim/report/ranges.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/charts.hpp"
#include "sim/report/headline.hpp"
#include "sim/report/render.hpp"
#include "sim/report/tables.hpp"

namespace kvsim::report {
namespace {

TEST(Ranges, HaveThreeSignificantDigits) {
  EXPECT_EQ(format_range({14.4182, 20.9713}), "14.4–21.0");
  EXPECT_EQ(format_range({0.0123, 0.9}), "0.012–0.900");
  EXPECT_EQ(format_range({0, 39.5}), "0–39.5");
  EXPECT_EQ(format_range({999.6, 1321.4}), "1 000–1 320");
  EXPECT_EQ(format_range({95'954, 221'700}), "96 000–222 000");
  EXPECT_EQ(format_percent_range({0.01135, 0.01635}), "1.1–1.6 %");
}

TEST(Ranges, StandBehindTheirNumber) {
  EXPECT_EQ(with_range(number_cell(16.258), Range{14.42, 20.97}).text, "16.26 [14.4–21.0]");
  EXPECT_EQ(with_range(number_cell(16.258), std::nullopt).text, "16.26");
  EXPECT_EQ(with_range(no_cell(), Range{14.42, 20.97}).text, no_cell().text);
}

spec::RunResult replicated() {
  spec::RunResult run = sample::run();
  run.intervals = {{"mean_tpot_ms", 8, 12.5, 0.9},
                   {"p99_ttft_ms", 190, 215, 0.9},
                   {"output_throughput", 900, 1100, 0.9}};
  run.replication = spec::Replication{40, 0.9, 0.02, 3};
  return run;
}

// A user sees 1000 / TPOT: from 12.5 and 8 ms follow 80 and 125 tokens/s.
TEST(Ranges, OfWhatAUserSeesComeFromTpot) {
  const std::optional<Range> range = range_of_interactivity(replicated());
  ASSERT_TRUE(range);
  EXPECT_DOUBLE_EQ(range->low, 80);
  EXPECT_DOUBLE_EQ(range->high, 125);
  EXPECT_FALSE(range_of_interactivity(sample::run()));
}

TEST(Ranges, AreInTheHeadlineOfARunAndInItsFirstTable) {
  const StudyResults results = sample::single(replicated());
  EXPECT_NE(headline(results).find("(190 ms to 215 ms)"), std::string::npos) << headline(results);
  const std::string text = to_terminal(make_report(results), {.brief = true});
  EXPECT_NE(text.find("[8.00–12.5]"), std::string::npos) << text;
  EXPECT_NE(text.find("where 90 % of 40 replicates lie"), std::string::npos) << text;
  EXPECT_NE(text.find("Overloaded in some of the 40 replicates: base in 3."), std::string::npos)
      << text;
}

TEST(Ranges, AreNowhereWithoutReplicates) {
  const std::string text = to_markdown(make_report(sample::single(sample::run())));
  EXPECT_EQ(text.find("["), std::string::npos);
  EXPECT_EQ(text.find("Uncertainty"), std::string::npos);
}

}  // namespace
}  // namespace kvsim::report
