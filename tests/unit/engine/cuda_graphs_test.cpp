// Captured batch sizes and what they make of a batch.
#include "sim/spec/cuda_graphs.hpp"

#include <gtest/gtest.h>

namespace kvsim::spec {
namespace {

using Sizes = std::vector<std::int64_t>;

EngineSpec engine_with(std::int64_t max_num_seqs, std::int64_t max_num_batched_tokens) {
  EngineSpec engine;
  engine.max_num_seqs = max_num_seqs;
  engine.max_num_batched_tokens = max_num_batched_tokens;
  return engine;
}

std::vector<std::int64_t> rows(const EngineSpec& engine, const Sizes& tokens) {
  const BatchPadding padding(engine);
  Sizes result;
  for (const std::int64_t count : tokens) {
    result.push_back(padding.rows(count));
  }
  return result;
}

// 1, 2, 4, then 8, 16, ..., 248 (31 of them), then 256, 272, ..., 512 (17): 51 as vLLM logs them.
TEST(CudaGraphs, AreCapturedFor51SizesByDefault) {
  const Sizes sizes = capture_sizes(engine_with(1024, 8192));
  EXPECT_EQ(sizes.size(), 51U);
  EXPECT_EQ(sizes.back(), 512);
}

TEST(CudaGraphs, PadUpToTheNextSize) {
  EXPECT_EQ(rows(engine_with(1024, 8192), {1, 2, 3, 4, 5, 9, 248, 249, 257, 273, 512, 513}),
            (Sizes{1, 2, 4, 4, 8, 16, 248, 256, 272, 288, 512, 513}));
}

// Twice max_num_seqs is 10, and the last size up to there is 8: nine tokens run without a graph.
TEST(CudaGraphs, EndAtTwiceTheSequences) {
  EXPECT_EQ(capture_sizes(engine_with(5, 8192)), (Sizes{1, 2, 4, 8}));
  EXPECT_EQ(rows(engine_with(5, 8192), {5, 8, 9, 10}), (Sizes{8, 8, 9, 10}));
}

TEST(CudaGraphs, EndAtTheTokenBudget) {
  EXPECT_EQ(capture_sizes(engine_with(16, 20)), (Sizes{1, 2, 4, 8, 16}));
}

// A size that is asked for counts, whatever the number of sequences.
TEST(CudaGraphs, EndAtTheSizeAskedFor) {
  EngineSpec engine = engine_with(4, 8192);
  engine.max_cudagraph_capture_size = 24;
  EXPECT_EQ(capture_sizes(engine), (Sizes{1, 2, 4, 8, 16, 24}));
}

TEST(CudaGraphs, HaveTheSizesGiven) {
  EngineSpec engine = engine_with(4, 100);
  engine.cudagraph_capture_sizes = {30, 10, 200};
  EXPECT_EQ(capture_sizes(engine), (Sizes{10, 30}));
  EXPECT_EQ(rows(engine, {1, 10, 11, 30, 31}), (Sizes{10, 10, 30, 30, 31}));
}

TEST(CudaGraphs, AreNotThereWhenEager) {
  EngineSpec engine = engine_with(1024, 8192);
  engine.enforce_eager = true;
  EXPECT_EQ(rows(engine, {1, 3, 9, 600}), (Sizes{1, 3, 9, 600}));
}

}  // namespace
}  // namespace kvsim::spec
