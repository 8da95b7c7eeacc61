// Is the simulator right where theory knows the answer?
//
// Each server of queueing_servers.cpp is simulated 20 times, each time with a seed of its own.
// Theory has to lie within t · s/√20 of the mean of the 20, with t the quantile of Student's
// distribution with 19 degrees of freedom for a chance of 1e-4 over all comparisons together
// (Bonferroni, 100 of them at most): 5e-7 on each side, t = 7.1, three and a half times a 95 %
// interval. Where kvsim's steps are not the textbook's continuous time, theory is that of the
// steps; the table shows both.
//
//   KVSIM_QUEUEING_TABLE=reports/validation/queueing.md KVSIM_QUEUEING_LENGTH=10
//       build/release/tests/test_scenario --gtest_filter='*QueueingServers*'
//
// writes the table, here from runs ten times as long.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/math/distributions/students_t.hpp>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>

#include "recorder.hpp"
#include "shapes.hpp"
#include "tests/scenario/queueing_servers.hpp"

namespace kvsim {
namespace {

using test::Estimate;
using test::Known;
using test::queue_servers;
using test::QueueMeans;

constexpr double kFalseAlarm = 1e-4;
constexpr std::size_t kMostComparisons = 100;

// Half the width of an interval that misses the mean with this chance, in standard errors.
double student(double chance) {
  const boost::math::students_t distribution(static_cast<double>(test::kReplications - 1));
  return boost::math::quantile(boost::math::complement(distribution, chance / 2));
}

double reach() { return student(kFalseAlarm / static_cast<double>(kMostComparisons)); }

struct Judged {
  test::QueueServer server;
  std::vector<Estimate> simulated;
};

// By place in queue_servers(); the table is made of what was judged.
std::map<std::size_t, Judged>& all_judged() {
  static std::map<std::size_t, Judged> judged;
  return judged;
}

const Judged& judged(std::size_t index) {
  const auto found = all_judged().find(index);
  if (found != all_judged().end()) {
    return found->second;
  }
  test::QueueServer server = queue_servers()[index]();
  std::vector<Estimate> simulated = test::simulate_server(server, 1 + index * test::kReplications);
  return all_judged().emplace(index, Judged{std::move(server), std::move(simulated)}).first->second;
}

class QueueingServers : public testing::TestWithParam<std::size_t> {};

// At a load of 0.8 a 95 % interval has to be narrower than 3 % to either side, or the runs are too
// short to say anything.
TEST_P(QueueingServers, AreWhatTheorySays) {
  const auto& [server, simulated] = judged(GetParam());
  for (std::size_t k = 0; k < simulated.size(); ++k) {
    const Known& known = server.known[k].second;
    const std::string what = fmt::format("{} at {}: {}", server.name, server.load, known.name);
    EXPECT_NEAR(simulated[k].mean, known.theory(), reach() * simulated[k].error) << what;
    if (server.load == 0.8) {
      EXPECT_LT(student(0.05) * simulated[k].error, 0.03 * simulated[k].mean) << what;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, QueueingServers,
                         testing::Range(std::size_t{0}, queue_servers().size()));

TEST(QueueingChecks, AreNoMoreThanTheFalseAlarmIsSharedBy) {
  std::size_t comparisons = 0;
  for (const test::ServerMaker& make : queue_servers()) {
    comparisons += make().known.size();
  }
  EXPECT_LE(comparisons, kMostComparisons);
}

// M/M/1 at 0.8 waits 4 S, at 0.84 5.25 S, M/D/1 2 S: neither passes for it.
TEST(QueueingChecks, WouldSeeAnotherServer) {
  const auto& [server, simulated] = judged(2);
  ASSERT_EQ(server.name, "M/M/1");
  ASSERT_EQ(server.load, 0.8);
  const Estimate& wait = simulated[0];
  for (const QueueMeans& other : {test::pollaczek_khinchine(0.84 / 200, 200, 2 * 200 * 200),
                                  test::pollaczek_khinchine(0.8 / 200, 200, 200 * 200)}) {
    EXPECT_GT(std::abs(wait.mean - other.wait), reach() * wait.error);
  }
}

// Two requests of 7 tokens at once, to the attosecond: one after the other they have 7 and 14 ms;
// where they share, each step takes 2 ms and both have 14.
TEST(QueueingChecks, ServersCostNothingButTheHost) {
  const auto stays = [](const test::QueueServer& server) {
    spec::RunSpec run = server.run;
    run.workload.num_requests = 2;
    run.workload.arrivals->process = spec::ArrivalProcess::AllAtOnce;
    run.workload.lengths->output = test::fixed(7);
    test::Recorder recorder;
    static_cast<void>(simulate(run, test::cards_of(server), recorder));
    std::vector<Duration> times;
    for (const spec::RequestRecord& record : recorder.records) {
      times.push_back(record.e2el);
    }
    return times;
  };
  const Duration ms(kAttosecondsPerMillisecond);
  EXPECT_EQ(stays(queue_servers().front()()), (std::vector<Duration>{ms * 7, ms * 14}));
  EXPECT_EQ(stays(queue_servers().back()()), (std::vector<Duration>{ms * 14, ms * 14}));
}

// ρ = 0.75, S = 4, E[S²] = 2·16: W = 0.1875·32/2/0.25 = 12 = S·ρ/(1-ρ). L = 0.1875·16 = 3 =
// ρ/(1-ρ).
TEST(QueueingTheory, PollaczekKhinchineOnPaper) {
  const QueueMeans means = test::pollaczek_khinchine(0.1875, 4, 32);
  EXPECT_DOUBLE_EQ(means.wait, 12);
  EXPECT_DOUBLE_EQ(means.number, 3);
}

// Two servers, one erlang: B = 1/2 / (1 + 1 + 1/2) = 1/5, C = 1/5 / (1 - 1/2·4/5) = 1/3;
// W = 1/3 · S / (2 - 1).
TEST(QueueingTheory, ErlangCOnPaper) {
  EXPECT_NEAR(test::erlang_c(0.25, 4, 2).wait, 4.0 / 3, 1e-12);
  EXPECT_NEAR(test::erlang_c(0.1875, 4, 1).wait, 12, 1e-12);
}

// Gaps of one part: σ = ρ. Of two parts at ρ = 1/2, Λ = μ = 1: σ·(2 - σ)² = 1 has the roots 1 and
// (3 - √5)/2.
TEST(QueueingTheory, ErlangGapsOnPaper) {
  EXPECT_NEAR(test::erlang_gaps(0.1875, 4, 1).wait, 12, 1e-9);
  const double sigma = (3 - std::sqrt(5)) / 2;
  EXPECT_NEAR(test::erlang_gaps(1, 1, 2).wait, sigma / (1 - sigma), 1e-9);
}

// One seat: the chain is M/G/1 with geometric lengths, E[S²] = m²·(2 - 1/m), m = 4: 28. Dealt out
// in turn with hardly a discrete step: GI/M/1.
TEST(QueueingTheory, TheChainOfStepsIsTheTextbooksWhereTheyMeet) {
  const QueueMeans chain = test::by_steps({.rate = 0.15, .mean_tokens = 4, .most = 120});
  const QueueMeans formula = test::pollaczek_khinchine(0.15, 4, 28);
  EXPECT_NEAR(chain.wait, formula.wait, 1e-9);
  EXPECT_NEAR(chain.number, formula.number, 1e-9);
  const double many = 1e5;
  const QueueMeans dealt =
      test::by_steps({.rate = 3 * 0.6 / many, .deal = 3, .mean_tokens = many, .most = 60});
  EXPECT_NEAR(dealt.wait / test::erlang_gaps(3 * 0.6 / many, many, 3).wait, 1, 1e-4);
}

// With steps ever shorter, seats are M/M/c and sharing is processor sharing.
TEST(QueueingTheory, ShortStepsAreContinuousTime) {
  const double many = 1e5;
  const QueueMeans seats =
      test::by_steps({.rate = 2.4 / many, .seats = 4, .mean_tokens = many, .most = 80});
  EXPECT_NEAR(seats.wait / test::erlang_c(2.4 / many, many, 4).wait, 1, 1e-4);
  const QueueMeans sharing = test::by_steps(
      {.rate = 0.6 / many, .seats = 80, .mean_tokens = many, .is_shared = true, .most = 80});
  EXPECT_NEAR(sharing.stay / test::shared_stay(0.6, many), 1, 1e-4);
}

// Better than each queue for itself, worse than one queue for both; few come: nobody waits.
TEST(QueueingTheory, TheShorterOfTwoLiesBetweenOneQueueAndTwo) {
  const double wait = test::shorter_of_two(1.2, 1, 30).wait;
  EXPECT_LT(wait, test::pollaczek_khinchine(0.6, 1, 2).wait);
  EXPECT_GT(wait, test::erlang_c(1.2, 1, 2).wait);
  EXPECT_NEAR(test::shorter_of_two(1e-4, 1, 5).wait, 0, 1e-7);
}

// ---- the table ----------------------------------------------------------------------------------

std::string cell(const std::optional<double>& value) {
  if (!value) {
    return "-";
  }
  return std::abs(*value) < 1000 ? fmt::format("{:.4g}", *value) : fmt::format("{:.1f}", *value);
}

std::string row_of(const test::QueueServer& server, const Known& known, const Estimate& estimate) {
  const double half = student(0.05) * estimate.error;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} to {} | {:.1f} | {:+.1f} | {} |\n",
                     server.name, server.load, known.name, cell(known.textbook),
                     cell(known.by_steps), cell(estimate.mean), cell(estimate.mean - half),
                     cell(estimate.mean + half), 100 * half / estimate.mean,
                     (known.theory() - estimate.mean) / estimate.error, known.remark);
}

struct Summary {
  std::string rows;
  std::size_t comparisons = 0;
  std::size_t inside = 0;
  double farthest = 0;
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();  ///< requests of a replication
  std::int64_t most = 0;
};

Summary summarise() {
  Summary summary;
  for (const auto& [index, one] : all_judged()) {
    summary.fewest = std::min(summary.fewest, *one.server.run.workload.num_requests);
    summary.most = std::max(summary.most, *one.server.run.workload.num_requests);
    for (std::size_t k = 0; k < one.simulated.size(); ++k) {
      const Known& known = one.server.known[k].second;
      const Estimate& estimate = one.simulated[k];
      const double off = std::abs(known.theory() - estimate.mean) / estimate.error;
      summary.rows += row_of(one.server, known, estimate);
      ++summary.comparisons;
      summary.inside += off <= student(0.05) ? 1U : 0U;
      summary.farthest = std::max(summary.farthest, off);
    }
  }
  return summary;
}

std::string table_of(const Summary& summary) {
  return fmt::format(
      R"(# Servers whose answer is known

kvsim made into servers of queueing theory: a GPU without price, a host that takes 1 ms for a step (or, where
sequences share, for each of them), prompts of one token, Poisson arrivals. Lengths are geometric with a mean
of 200 tokens, of 1000 where sequences share or requests go where fewer are, unless said otherwise.

- *textbook*: continuous time (Pollaczek-Khinchine, Erlang C, GI/M/1, S/(1 - load), the chain of the shorter of
  two queues). *by steps*: exact for what kvsim simulates, where that is known: whole tokens, and who comes while
  a step is under way waits for its end. It is the last of the two that is compared.
- *simulated*: mean of {} replications that differ in their seeds, of {} to {} requests each; the first tenth
  is dropped. The interval is Student's, 95 %, for each row by itself; *off* is theory less simulated in
  standard errors of the mean.
- `tests/scenario/queueing_slow_test.cpp`, which also wrote this page, fails beyond {:.1f} standard errors: a chance
  of {:.0e} over all rows together if theory holds. The page is of runs {} times as
  long as the test's.

**{} of {} rows have theory in their 95 % interval; the farthest is {:.1f} standard errors off.** Rows of one
server are of the same runs, so they are off together.

| server | load | what | textbook | by steps | simulated | 95 % interval | ± % | off | why they differ |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
{})",
      test::kReplications, summary.fewest, summary.most, reach(), kFalseAlarm,
      test::queueing_length(), summary.inside, summary.comparisons, summary.farthest, summary.rows);
}

// Nothing is written unless all servers were judged.
class TableWriter final : public testing::Environment {
 public:
  void TearDown() override {
    const char* name = std::getenv("KVSIM_QUEUEING_TABLE");
    if (name != nullptr && all_judged().size() == queue_servers().size()) {
      std::ofstream file(name);
      file << table_of(summarise());
      ASSERT_TRUE(file.flush()) << "cannot write " << name;
    }
  }
};

const auto* const kTableWriter = testing::AddGlobalTestEnvironment(new TableWriter);

}  // namespace
}  // namespace kvsim
