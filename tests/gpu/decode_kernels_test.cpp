// The CUDA kernels' own source, every lane of it, on the CPU against the double-precision twin.
//
// Unused cache, unused shared memory and results begin as NaN; asynchronous copies land at once in
// one half of the runs and as late as allowed in the other (calibration/kernels/emulated.hpp).
#include <gtest/gtest.h>

#include "calibration/kernels/decode_merge.cuh"
#include "calibration/kernels/decode_mla_mma.cuh"
#include "calibration/kernels/paged_decode_mma.cuh"
#include "calibration/kernels/paged_decode_simple.cuh"
#include "calibration/reference/decode_problem.hpp"

namespace kvsim::test {
namespace {

using kernels::Copies;
using reference::CacheLayout;
using reference::DecodeProblem;
using reference::DecodeShape;

kernels::WorkPlan plan(const DecodeShape& shape, int head_blocks, int tile, int workers) {
  return kernels::plan_work(shape.contexts, {shape.kv_heads * head_blocks, tile, workers, 1, 1});
}

void emulate_merge(DecodeProblem& problem, const kernels::WorkPlan& plan, int head_blocks,
                   int width) {
  const auto merge = problem.merge(head_blocks);
  kernels::emulate(static_cast<int>(plan.merges.size()) * merge.rows, 32 * kernels::kMergeWarps,
                   static_cast<std::size_t>(kernels::merge_shared_bytes(width)), Copies::LandAtOnce,
                   [&] { kernels::merge_decode(merge); });
}

template <int kDim, int kFragments, int kStages>
double mma_error(const DecodeShape& shape, int workers, Copies copies) {
  using Shape = kernels::DecodeMmaShape<kDim, kFragments, kStages>;
  const int group = shape.query_heads / shape.kv_heads;
  const int head_blocks = (group + Shape::kRows - 1) / Shape::kRows;
  DecodeProblem problem(shape);
  const auto work = plan(shape, head_blocks, kernels::kTileTokens, workers);
  const auto call = problem.call(work, Shape::kRows, head_blocks);
  kernels::emulate((call.workers + kernels::kDecodeWarps - 1) / kernels::kDecodeWarps,
                   32 * kernels::kDecodeWarps, Shape::kSharedBytes, copies,
                   [&] { kernels::paged_decode_mma<kDim, kFragments, kStages>(call); });
  emulate_merge(problem, work, head_blocks, kDim);
  return problem.worst_error();
}

template <int kDim, int kGroup>
double vector_error(const DecodeShape& shape, int workers) {
  const int head_blocks = (shape.query_heads / shape.kv_heads + kGroup - 1) / kGroup;
  DecodeProblem problem(shape);
  const auto work = plan(shape, head_blocks, kernels::kTileTokens, workers);
  const auto call = problem.call(work, kGroup, head_blocks);
  kernels::emulate((call.workers + kernels::kVectorWarps - 1) / kernels::kVectorWarps,
                   32 * kernels::kVectorWarps, 0, Copies::LandAtOnce,
                   [&] { kernels::paged_decode_vector<kDim, kGroup>(call); });
  emulate_merge(problem, work, head_blocks, kDim);
  return problem.worst_error();
}

template <int kDim>
double naive_error(const DecodeShape& shape) {
  DecodeProblem problem(shape);
  const auto work = kernels::plan_work(shape.contexts, {shape.query_heads, 16, 1, 0, 1});
  const auto call = problem.call(work, 1, 1);
  kernels::emulate(static_cast<int>(work.segments.size()), 32 * kernels::kNaiveWarps,
                   static_cast<std::size_t>(kernels::naive_shared_bytes(kDim)), Copies::LandAtOnce,
                   [&] { kernels::paged_decode_naive<kDim>(call); });
  return problem.worst_error();
}

template <int kStages>
double mla_error(const DecodeShape& shape, int workers, Copies copies) {
  const int head_blocks = (shape.query_heads + kernels::kMlaRows - 1) / kernels::kMlaRows;
  DecodeProblem problem(shape);
  const auto work = plan(shape, head_blocks, kernels::kMlaTokens, workers);
  const auto call = problem.call(work, kernels::kMlaRows, head_blocks);
  kernels::emulate(call.workers, 32 * kernels::kMlaWarps,
                   static_cast<std::size_t>(kernels::mla_shared_bytes(kStages)), copies,
                   [&] { kernels::decode_mla_mma<kStages>(call); });
  emulate_merge(problem, work, head_blocks, kernels::kMlaValues);
  return problem.worst_error();
}

DecodeShape shape_of(std::vector<int> contexts, int query_heads, int kv_heads, int dim) {
  DecodeShape shape;
  shape.contexts = std::move(contexts);
  shape.query_heads = query_heads;
  shape.kv_heads = kv_heads;
  shape.dim = shape.value_dim = dim;
  return shape;
}

DecodeShape mla_shape(std::vector<int> contexts, int heads) {
  DecodeShape shape = shape_of(std::move(contexts), heads, 1, kernels::kMlaWidth);
  shape.value_dim = kernels::kMlaValues;
  shape.layout = CacheLayout::Mla;
  return shape;
}

// Ends before, on and after the borders of tiles and pages; a batch of five; forced splits.
const std::vector<int> kRagged = {1, 15, 16, 17, 33};

TEST(DecodeMma, EqualsItsTwinForEveryGroup) {
  for (const int group : {1, 2, 4, 5, 8, 16}) {
    for (const int workers : {1, 7}) {
      EXPECT_LT((mma_error<128, 1, 3>(shape_of(kRagged, group * 2, 2, 128), workers,
                                      Copies::LandWhenWaitedFor)),
                reference::kAttentionTolerance)
          << "group " << group << ", workers " << workers;
    }
  }
}

TEST(DecodeMma, EqualsItsTwinForEveryWidthAndDepth) {
  for (const Copies copies : {Copies::LandAtOnce, Copies::LandWhenWaitedFor}) {
    EXPECT_LT((mma_error<64, 1, 2>(shape_of(kRagged, 8, 2, 64), 3, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<64, 1, 4>(shape_of({130, 5}, 8, 2, 64), 3, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<128, 1, 2>(shape_of({130, 5}, 8, 1, 128), 2, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<128, 1, 3>(shape_of({130, 5}, 8, 1, 128), 2, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<256, 1, 2>(shape_of({67, 48}, 8, 1, 256), 3, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<256, 1, 3>(shape_of({67, 48}, 8, 1, 256), 3, copies)),
              reference::kAttentionTolerance);
  }
}

// 32 heads share a tile in two fragments; 40 and 71 (Falcon-7B) need two and three units of them.
TEST(DecodeMma, EqualsItsTwinForLargeGroups) {
  for (const Copies copies : {Copies::LandAtOnce, Copies::LandWhenWaitedFor}) {
    EXPECT_LT((mma_error<64, 2, 4>(shape_of({50, 16}, 32, 1, 64), 3, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<128, 2, 5>(shape_of({100}, 40, 1, 128), 3, copies)),
              reference::kAttentionTolerance);
    EXPECT_LT((mma_error<128, 2, 3>(shape_of({21, 1}, 71, 1, 128), 2, copies)),
              reference::kAttentionTolerance);
  }
}

TEST(DecodeMma, EqualsItsTwinInEveryLayoutAndPageSize) {
  for (const int page_tokens : {16, 32, 64}) {
    for (const CacheLayout layout : {CacheLayout::Nhd, CacheLayout::Hnd}) {
      DecodeShape shape = shape_of({40, 65, 64}, 12, 3, 128);
      shape.page_tokens = page_tokens;
      shape.layout = layout;
      EXPECT_LT((mma_error<128, 1, 3>(shape, 4, Copies::LandWhenWaitedFor)),
                reference::kAttentionTolerance)
          << "page of " << page_tokens;
    }
  }
}

// Near one-hot weights: a wrong mask or a lost tile is no longer averaged away.
TEST(DecodeMma, FollowsTheRunningMaximum) {
  DecodeShape shape = shape_of({100, 37}, 8, 2, 128);
  shape.query_size = 40;
  for (const int workers : {1, 3, 50}) {
    EXPECT_LT((mma_error<128, 1, 3>(shape, workers, Copies::LandWhenWaitedFor)),
              reference::kAttentionTolerance);
  }
}

TEST(DecodeMma, GivesZerosForAnEmptySequence) {
  EXPECT_LT((mma_error<128, 1, 3>(shape_of({0, 20, 0}, 8, 2, 128), 3, Copies::LandAtOnce)),
            reference::kAttentionTolerance);
}

TEST(DecodeVector, EqualsItsTwin) {
  for (const int workers : {1, 7}) {
    EXPECT_LT((vector_error<64, 1>(shape_of(kRagged, 2, 2, 64), workers)),
              reference::kAttentionTolerance);
    EXPECT_LT((vector_error<128, 1>(shape_of(kRagged, 3, 3, 128), workers)),
              reference::kAttentionTolerance);
    EXPECT_LT((vector_error<256, 1>(shape_of(kRagged, 2, 2, 256), workers)),
              reference::kAttentionTolerance);
    EXPECT_LT((vector_error<128, 2>(shape_of(kRagged, 4, 2, 128), workers)),
              reference::kAttentionTolerance);
    EXPECT_LT((vector_error<128, 2>(shape_of(kRagged, 3, 1, 128), workers)),
              reference::kAttentionTolerance);
  }
}

TEST(DecodeNaive, EqualsItsTwin) {
  EXPECT_LT(naive_error<64>(shape_of(kRagged, 4, 2, 64)), reference::kAttentionTolerance);
  EXPECT_LT(naive_error<128>(shape_of(kRagged, 4, 2, 128)), reference::kAttentionTolerance);
  EXPECT_LT(naive_error<256>(shape_of({3, 40}, 2, 1, 256)), reference::kAttentionTolerance);
}

TEST(DecodeMla, EqualsItsTwin) {
  for (const Copies copies : {Copies::LandAtOnce, Copies::LandWhenWaitedFor}) {
    EXPECT_LT(mla_error<3>(mla_shape({1, 31, 32, 33, 100}, 16), 3, copies),
              reference::kAttentionTolerance);
    EXPECT_LT(mla_error<2>(mla_shape({70}, 16), 2, copies), reference::kAttentionTolerance);
    EXPECT_LT(mla_error<5>(mla_shape({230, 9}, 16), 1, copies), reference::kAttentionTolerance);
  }
}

TEST(DecodeMla, EqualsItsTwinForOtherHeadsAndPages) {
  for (const int page_tokens : {16, 64}) {
    DecodeShape shape = mla_shape({75, 0, 2}, 5);
    shape.page_tokens = page_tokens;
    shape.query_size = 8;
    EXPECT_LT(mla_error<3>(shape, 3, Copies::LandWhenWaitedFor), reference::kAttentionTolerance);
  }
  EXPECT_LT(mla_error<3>(mla_shape({45}, 40), 2, Copies::LandWhenWaitedFor),
            reference::kAttentionTolerance);
}

}  // namespace
}  // namespace kvsim::test
