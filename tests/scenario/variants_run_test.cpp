// Runs of every architecture against the accounting of their caches.
#include <gtest/gtest.h>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/model/kv_bytes.hpp"

namespace kvsim {
namespace {

// One request, a prompt of one token, 99 more: every step decodes one sequence, so the run reads
// what kv_bytes_read_per_step says at contexts 1, 2, ..., 99. The last token is not computed.
TEST(VariantRuns, ReadWhatTheAccountingSays) {
  for (const spec::ModelSpec& model : test::tiny_variants()) {
    spec::RunSpec run = test::tiny_run(1, 1, 99);
    run.model = model;
    test::Recorder recorder;
    const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
    Int128 paper = 0;
    for (std::int64_t context = 1; context <= 99; ++context) {
      paper += model::kv_bytes_read_per_step(model, spec::KvDtype::Bf16, {}, context).value();
    }
    EXPECT_TRUE(result.metrics.kv_bytes_read == paper) << model.name;
    EXPECT_EQ(recorder.records.size(), 1U) << model.name;
  }
}

// A window of 24 in blocks of 16: from the 40th token on a sequence holds at most 3 blocks of each
// sliding group; the pool of 12 blocks (11 usable) serves requests of 400 tokens one after the
// other without preemption. With everything kept they would need 25 blocks each.
TEST(VariantRuns, WindowsLiveInPoolsThatFullContextsDoNotFit) {
  spec::RunSpec run = test::tiny_run(3, 8, 392);
  for (const spec::ModelSpec& model : test::tiny_variants()) {
    if (model.name == "sliding") {
      run.model = model;
    }
  }
  run.engine.max_model_len = 400;
  run.engine.max_num_batched_tokens = 16;
  run.engine.max_num_seqs = 1;
  run.engine.num_gpu_blocks_override = 12;
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  EXPECT_EQ(recorder.records.size(), 3U);
  EXPECT_EQ(result.metrics.num_preemptions, 0);
  run.engine.disable_hybrid_kv_cache_manager = true;
  run.model.layer_types = {spec::LayerType::Sliding};
  EXPECT_THROW(static_cast<void>(cluster::simulate(run, test::millisecond_steps(), recorder)),
               DoesNotFit);
}

}  // namespace
}  // namespace kvsim
