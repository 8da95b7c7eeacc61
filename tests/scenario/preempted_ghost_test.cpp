// The story: two requests fill the pool, one ends and the engine has not noticed yet. The other is
// preempted as it needs a block, and so is, a step later, the one that has ended: nobody is left,
// and the scheduler was accused of running nobody although somebody waits.
#include <gtest/gtest.h>

#include "recorder.hpp"
#include "shapes.hpp"

namespace kvsim {
namespace {

// Pages for barely three sequences, for bursts of requests of one to three tokens.
spec::RunSpec tight_run(const spec::ModelSpec& model, std::uint64_t seed) {
  spec::RunSpec run = test::tiny_run(51, 1, 3);
  run.model = model;
  run.seed = seed;
  run.engine.max_model_len = 4;
  run.engine.block_size = 1;
  run.engine.max_num_batched_tokens = 45;
  run.engine.max_num_seqs = 9;
  run.engine.async_scheduling = true;
  run.engine.num_gpu_blocks_override = 16;
  run.cluster.replicas = 2;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Gamma, PerSecond(822), 0.2};
  run.workload.lengths = spec::LengthsSpec{test::uniform(1, 1), test::uniform(1, 3), 3};
  run.workload.stop = spec::StopRule::Eos;
  return run;
}

TEST(AsyncScheduling, RestsWhenTheLastThatHasEndedIsPreempted) {
  for (const spec::ModelSpec& model : test::tiny_variants()) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      test::Recorder recorder;
      const spec::RunResult result =
          cluster::simulate(tight_run(model, seed), test::millisecond_steps(), recorder);
      EXPECT_EQ(result.metrics.completed, 51) << model.name << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace kvsim
