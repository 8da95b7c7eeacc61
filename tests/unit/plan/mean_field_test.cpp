// The estimate without a simulation, against its own formula and against a run that it must equal.
#include "sim/plan/mean_field.hpp"

#include <gtest/gtest.h>

#include "recorder.hpp"
#include "shapes.hpp"

namespace kvsim::plan {
namespace {

spec::RunSpec clients(std::int64_t count, std::int64_t prompt, std::int64_t output) {
  spec::RunSpec run = test::tiny_run(3 * count, prompt, output);
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{count};
  run.engine.max_num_seqs = 64;
  run.engine.max_num_batched_tokens = 8192;
  return run;
}

// One client has nobody to wait for: every step is its own, and the mean one is that of the mean
// context. 500 outputs of affine steps: their mean is the middle one, to a token of 500.
TEST(MeanField, OneClientsTpotIsThatOfTheMeanStep) {
  const spec::RunSpec run = clients(1, 1000, 500);
  const std::vector<spec::CardSpec> cards = test::round_cards();
  test::Recorder recorder;
  const double simulated = cluster::simulate(run, cards, recorder).metrics.tpot.mean;
  EXPECT_NEAR(*mean_field_tpot_ms(run, cards) / simulated, 1, 2e-3);
}

// Every step takes a millisecond, whatever is in it: 1 + (4 - 1)/100 · 1 = 1.03 ms; a prompt of two
// chunks of 8192 takes two of them: 1.06 ms.
TEST(MeanField, OtherClientsPromptsAreWaitedFor) {
  const std::vector<spec::CardSpec> cards = test::millisecond_steps();
  EXPECT_NEAR(*mean_field_tpot_ms(clients(4, 2000, 100), cards), 1.03, 1e-9);
  EXPECT_NEAR(*mean_field_tpot_ms(clients(4, 10000, 100), cards), 1.06, 1e-9);
}

TEST(MeanField, SaysNothingOfOpenLoopsAndSingleTokens) {
  const std::vector<spec::CardSpec> cards = test::round_cards();
  EXPECT_FALSE(mean_field_tpot_ms(test::tiny_run(10, 100, 100), cards).has_value());
  EXPECT_FALSE(mean_field_tpot_ms(clients(4, 100, 1), cards).has_value());
}

}  // namespace
}  // namespace kvsim::plan
