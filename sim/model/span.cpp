#include "sim/model/span.hpp"

#include <algorithm>

#include "sim/model/traffic.h"

namespace kvsim::model {
namespace {

std::int64_t triangle(std::int64_t n) { return traffic::causal_pairs(n, 0); }

// Pairs of the first `count` tokens of a sequence.
std::int64_t pairs_from_start(const Span& span, std::int64_t count) {
  switch (span.kind) {
    case SpanKind::Full:
      return triangle(count);
    case SpanKind::Window: {
      const std::int64_t growing = std::min(count, span.tokens);
      return triangle(growing) + (count - growing) * span.tokens;
    }
    case SpanKind::Chunk:
      return count / span.tokens * triangle(span.tokens) + triangle(count % span.tokens);
  }
  return 0;
}

}  // namespace

std::int64_t attended(const Span& span, std::int64_t position) {
  switch (span.kind) {
    case SpanKind::Full:
      return position + 1;
    case SpanKind::Window:
      return std::min(position + 1, span.tokens);
    case SpanKind::Chunk:
      return position % span.tokens + 1;
  }
  return 0;
}

std::int64_t attended_pairs(const Span& span, std::int64_t position, std::int64_t count) {
  return pairs_from_start(span, position + count) - pairs_from_start(span, position);
}

std::int64_t attended_context(const Span& span, std::int64_t position, std::int64_t count) {
  return position + count - std::min(position, droppable(span, position));
}

std::int64_t steps_alike(const Span& span, std::int64_t position) {
  switch (span.kind) {
    case SpanKind::Full:
      return kForever;
    case SpanKind::Window:
      return position + 1 >= span.tokens ? kForever : span.tokens - position;
    case SpanKind::Chunk:
      return span.tokens - position % span.tokens;
  }
  return kForever;
}

bool grows(const Span& span, std::int64_t position) {
  return span.kind != SpanKind::Window || position + 1 < span.tokens;
}

std::int64_t droppable(const Span& span, std::int64_t computed) {
  switch (span.kind) {
    case SpanKind::Full:
      return 0;
    case SpanKind::Window:
      return std::max<std::int64_t>(0, computed - span.tokens + 1);
    case SpanKind::Chunk:
      return computed / span.tokens * span.tokens;
  }
  return 0;
}

}  // namespace kvsim::model
