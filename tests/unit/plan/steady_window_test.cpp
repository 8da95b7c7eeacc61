// Which requests of a run saw the system as it is in the long run?
#include "sim/plan/steady_window.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/plan/seconds.hpp"

namespace kvsim::plan {
namespace {

// So many requests, `gap` apart, that stay for `stay`.
std::vector<LoggedRequest> in_step(std::int64_t count, Duration gap, Duration stay) {
  std::vector<LoggedRequest> requests;
  for (std::int64_t i = 0; i < count; ++i) {
    LoggedRequest request;
    request.arrival = SimTime() + gap * i;
    request.id = RequestId(i);
    request.ttft_ms = 1;
    request.e2el_ms = to_milliseconds(stay);
    requests.push_back(request);
  }
  return requests;
}

// Fives with means 10, 1, 3, 1, 3, 1. Left out d of them, Σ(Z - mean)²/(6 - d)² is
// d = 0: 60.83/36 = 1.69;  1: 4.8/25 = 0.192;  2: 4/16 = 0.25;  3: 2.667/9 = 0.296.
TEST(Mser5, LeavesOutWhatDisturbsTheRest) {
  std::vector<double> values;
  for (const double mean : {10, 1, 3, 1, 3, 1}) {
    for (const double off : {-0.5, 0.5, 0.0, 0.25, -0.25}) {
      values.push_back(mean + off);
    }
  }
  EXPECT_EQ(mser5(values).values, 5U);
  EXPECT_TRUE(mser5(values).settled);
}

TEST(Mser5, LeavesOutNothingOfWhatIsAlike) {
  EXPECT_EQ(mser5(std::vector<double>(100, 7.0)).values, 0U);
  EXPECT_TRUE(mser5(std::vector<double>(100, 7.0)).settled);
  EXPECT_EQ(mser5({}).values, 0U);
  EXPECT_EQ(mser5(std::vector<double>{1, 2, 3}).values, 0U);
}

// Fives 1, 2, ..., 20: what is left after d is k = 20 - d numbers in a row, and their
// Σ(Z - mean)² = k(k² - 1)/12, over k²: (k - 1/k)/12 falls all the way to half of the run.
TEST(Mser5, KnowsThatATrendHasNotSettled) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) {
    values.push_back(i / 5);
  }
  EXPECT_EQ(mser5(values).values, 50U);
  EXPECT_FALSE(mser5(values).settled);
}

// One a second, ten seconds each: the last comes at 999 s, those up to 989 s saw full load.
TEST(SteadyWindow, EndsAStayBeforeTheLastArrival) {
  const SteadyWindow window = steady_window(in_step(1000, seconds(1), seconds(10)), false);
  EXPECT_EQ(window.first, 0U);
  EXPECT_EQ(window.last, 990U);
  EXPECT_TRUE(window.settled);
}

TEST(SteadyWindow, KeepsThreeQuartersOfTheRun) {
  EXPECT_EQ(steady_window(in_step(1000, seconds(1), seconds(5000)), false).last, 750U);
}

// The rule must not look at a request's own stay: of short and long ones in turn, as many of each
// are left.
TEST(SteadyWindow, KeepsLongStaysAsOftenAsShortOnes) {
  std::vector<LoggedRequest> requests = in_step(1000, seconds(1), seconds(10));
  for (std::size_t i = 0; i < requests.size(); i += 2) {
    requests[i].e2el_ms = 100'000;
  }
  EXPECT_EQ(steady_window(requests, false).last, 900U);
}

// The later of both: TTFT settles after 50 requests, E2EL after 100.
TEST(SteadyWindow, BeginsWhenEveryLatencyHasSettled) {
  std::vector<LoggedRequest> requests = in_step(1000, seconds(1), seconds(10));
  for (std::size_t i = 0; i < 100; ++i) {
    requests[i].e2el_ms = 1;
    requests[i].ttft_ms = i < 50 ? 9 : 1;
  }
  EXPECT_EQ(steady_window(requests, false).first, 100U);
}

// No conversation begins after the first 800 requests, and later turns come five seconds apart.
TEST(SteadyWindow, EndsWhereTurnsThinOut) {
  std::vector<LoggedRequest> requests = in_step(1000, seconds(1), seconds(1));
  for (std::size_t i = 800; i < 1000; ++i) {
    requests[i].arrival = requests[i - 1].arrival + seconds(5);
  }
  EXPECT_EQ(steady_window(requests, true).last, 800U);
  EXPECT_EQ(steady_window(requests, false).last, 999U);
}

TEST(SteadyWindow, OfNothingIsEmpty) {
  EXPECT_EQ(steady_window({}, false).last, 0U);
  EXPECT_EQ(steady_window(in_step(1, seconds(1), seconds(1)), true).last, 1U);
}

// Longer answers finish later; the log is in order of arrival, and keeps the first that it was
// given.
TEST(LatencyLog, IsInOrderOfArrival) {
  LatencyLog log(2);
  for (const std::int64_t id : {2, 1, 3}) {
    spec::RequestRecord record;
    record.id = RequestId(id);
    record.arrival = SimTime() + seconds(static_cast<double>(id));
    record.output_tokens = id;
    log.on_finished(record);
  }
  const std::vector<LoggedRequest> requests = log.take();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].id, RequestId(1));
  EXPECT_FALSE(requests[0].has_tpot);
  EXPECT_EQ(requests[1].id, RequestId(2));
  EXPECT_TRUE(requests[1].has_tpot);
  EXPECT_TRUE(log.take().empty());
}

}  // namespace
}  // namespace kvsim::plan
