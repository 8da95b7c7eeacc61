// Work on several threads: each piece once, the first failure, as many workers as asked for.
#include "sim/plan/side_by_side.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/base/check.hpp"

namespace kvsim::plan {
namespace {

TEST(SideBySide, DoesEachPieceOnceAndTellsTheFirstFailure) {
  std::vector<std::atomic<int>> done(100);
  side_by_side(done.size(), 4, [&](std::size_t i) { ++done[i]; });
  for (const std::atomic<int>& times : done) {
    EXPECT_EQ(times, 1);
  }
  const auto fails = [](std::size_t i) {
    if (i >= 3) {
      throw InternalError(std::to_string(i));
    }
  };
  try {
    side_by_side(10, 1, fails);
    FAIL() << "nothing was thrown";
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find('3'), std::string::npos);
  }
}

// Three workers meet: each waits, for up to ten seconds, until all three have begun.
TEST(SideBySide, HasAsManyWorkersAsJobsWhateverTheCores) {
  std::atomic<int> here{0};
  std::atomic<int> met{0};
  side_by_side(3, 3, [&](std::size_t) {
    ++here;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (here < 3 && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::yield();
    }
    met += here == 3 ? 1 : 0;
  });
  EXPECT_EQ(met, 3);
}

// Of pieces 3 to 9, which all fail, the third is begun before any of them has failed: pieces are
// handed out in their order.
TEST(SideBySide, TellsTheSameFailureForAnyNumberOfJobs) {
  for (const int jobs : {1, 2, 3, 8}) {
    try {
      side_by_side(10, jobs, [](std::size_t i) {
        if (i >= 3) {
          throw std::out_of_range(std::to_string(i));
        }
      });
      FAIL() << "nothing was thrown";
    } catch (const std::out_of_range& error) {
      EXPECT_STREQ(error.what(), "3") << jobs;
    }
  }
}

TEST(SideBySide, BeginsNothingAfterBeingToldToStop) {
  int done = 0;
  side_by_side(
      100, 1, [&](std::size_t) { ++done; }, [&] { return done < 5; });
  EXPECT_EQ(done, 5);
}

}  // namespace
}  // namespace kvsim::plan
