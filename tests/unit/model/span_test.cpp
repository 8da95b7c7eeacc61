#include "sim/model/span.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "sim/model/batch.hpp"

namespace kvsim::model {
namespace {

// A window of 4: the token at position 0 sees 1, then 2, 3, 4, 4, ... A chunk of 4: 1 2 3 4 1 2 ...
TEST(Span, AttendsToWhatItSays) {
  const Span window{SpanKind::Window, 4};
  const Span chunk{SpanKind::Chunk, 4};
  const std::vector<std::int64_t> in_window{1, 2, 3, 4, 4, 4};
  const std::vector<std::int64_t> in_chunk{1, 2, 3, 4, 1, 2};
  for (std::size_t i = 0; i < in_window.size(); ++i) {
    EXPECT_EQ(attended(Span{}, static_cast<std::int64_t>(i)), static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(attended(window, static_cast<std::int64_t>(i)), in_window[i]);
    EXPECT_EQ(attended(chunk, static_cast<std::int64_t>(i)), in_chunk[i]);
  }
}

// With 10 tokens stored and a window of 4, the next token sees positions 7..10, so 0..6 may go.
// In chunks of 4 it is the third of its chunk: 0..7 may go.
TEST(Span, DropsWhatNobodySeesAgain) {
  EXPECT_EQ(droppable({SpanKind::Window, 4}, 10), 7);
  EXPECT_EQ(droppable({SpanKind::Window, 4}, 3), 0);
  EXPECT_EQ(droppable({SpanKind::Chunk, 4}, 10), 8);
  EXPECT_EQ(droppable(Span{}, 10), 0);
}

Span any_span() {
  const auto kind = *rc::gen::element(SpanKind::Full, SpanKind::Window, SpanKind::Chunk);
  return {kind, *rc::gen::inRange<std::int64_t>(1, 60)};
}

RC_GTEST_PROP(Span, PairsAreTheSumOverQueries, ()) {
  const Span span = any_span();
  const auto position = *rc::gen::inRange<std::int64_t>(0, 200);
  const auto count = *rc::gen::inRange<std::int64_t>(1, 200);
  std::int64_t sum = 0;
  std::int64_t oldest = position;
  for (std::int64_t i = position; i < position + count; ++i) {
    sum += attended(span, i);
    oldest = std::min(oldest, i + 1 - attended(span, i));
  }
  RC_ASSERT(attended_pairs(span, position, count) == sum);
  RC_ASSERT(attended_context(span, position, count) == position + count - oldest);
}

// What the next step reads follows from this one for as long as steps_alike says, and not longer.
RC_GTEST_PROP(Span, LineHoldsForAsManyStepsAsItSays, ()) {
  const Span span = any_span();
  const auto position = *rc::gen::inRange<std::int64_t>(0, 200);
  const std::int64_t slope = grows(span, position) ? 1 : 0;
  const std::int64_t steps = steps_alike(span, position);
  RC_ASSERT(steps >= 1);
  const auto at = [&](std::int64_t k) { return attended(span, position) + slope * k; };
  for (std::int64_t k = 0; k < std::min<std::int64_t>(steps, 300); ++k) {
    RC_ASSERT(attended(span, position + k) == at(k));
  }
  if (steps < 300) {
    RC_ASSERT(attended(span, position + steps) != at(steps));
  }
}

// Dropping never takes what a later query reads.
RC_GTEST_PROP(Span, DroppedTokensAreNeverReadAgain, ()) {
  const Span span = any_span();
  const auto computed = *rc::gen::inRange<std::int64_t>(0, 300);
  const std::int64_t gone = droppable(span, computed);
  for (std::int64_t later = computed; later < computed + 100; ++later) {
    RC_ASSERT(later + 1 - attended(span, later) >= gone);
  }
}

// Two sequences of 3 and 10 tokens beside a window of 4: they attend to 3 + 4; the first is one
// step from a full window, so the line holds for two steps.
TEST(Batch, CountsEachSpanByItself) {
  const std::vector<Span> spans{Span{}, {SpanKind::Window, 4}};
  BatchShape batch;
  add_decode(batch, spans, 3);
  add_decode(batch, spans, 10);
  EXPECT_EQ(batch.spans[0].decode_context, 13);
  EXPECT_EQ(batch.spans[0].decode_growing, 2);
  EXPECT_EQ(batch.spans[1].decode_context, 3 + 4);
  EXPECT_EQ(batch.spans[1].decode_growing, 1);
  EXPECT_EQ(batch.steps_alike, 2);
  EXPECT_EQ(batch.sampled_tokens, 2);
}

// Tokens 6..8 after 5 stored ones, window 4: each sees 4, together positions 2..7.
TEST(Batch, ChunkOfPrefillInAWindow) {
  BatchShape batch;
  add_prefill(batch, {Span{}, {SpanKind::Window, 4}}, 5, 3);
  EXPECT_EQ(batch.spans[0].prefill_pairs, 6 + 7 + 8);
  EXPECT_EQ(batch.spans[0].prefill_context, 8);
  EXPECT_EQ(batch.spans[1].prefill_pairs, 12);
  EXPECT_EQ(batch.spans[1].prefill_context, 6);
}

}  // namespace
}  // namespace kvsim::model
