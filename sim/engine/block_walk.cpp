#include "sim/engine/block_walk.hpp"

#include <algorithm>

namespace kvsim::engine {
namespace {

using memory::PageGroup;
using model::SpanKind;

bool gives_back(const PageGroup& group) {
  return !group.is_state && group.span.kind != SpanKind::Full;
}

// The smallest k >= 1 for which (start + k) % period == 0.
std::int64_t next_multiple(std::int64_t start, std::int64_t period) {
  return period - start % period;
}

}  // namespace

bool keeps_all_blocks(const memory::PagePlan& plan) {
  return std::none_of(plan.groups.begin(), plan.groups.end(), gives_back);
}

std::int64_t most_blocks_taken(const memory::PagePlan& plan, std::int64_t sequences,
                               std::int64_t steps) {
  std::int64_t blocks = 0;
  for (const PageGroup& group : plan.groups) {
    if (!group.is_state) {
      blocks += group.copies * sequences * ((steps + group.block_size - 2) / group.block_size);
    }
  }
  return blocks;
}

void BlockWalk::begin(std::int64_t steps) {
  steps_ = steps;
  taken_.assign(static_cast<std::size_t>(steps), 0);
  given_.assign(static_cast<std::size_t>(steps), 0);
}

void BlockWalk::add(const memory::PagePlan& plan, std::int64_t computed) {
  for (const PageGroup& group : plan.groups) {
    if (!group.is_state) {
      take_in(group, computed);
    }
    if (gives_back(group)) {
      give_back_in(group, computed);
    }
  }
}

void BlockWalk::take_in(const PageGroup& group, std::int64_t computed) {
  for (std::int64_t k = next_multiple(computed, group.block_size); k < steps_;
       k += group.block_size) {
    taken_[static_cast<std::size_t>(k)] += group.copies;
  }
}

void BlockWalk::give_back_in(const PageGroup& group, std::int64_t computed) {
  const bool window = group.span.kind == SpanKind::Window;
  // Blocks go when droppable() passes a multiple of the block size: it grows by one a step once a
  // window is full, and by a chunk when a chunk is.
  const std::int64_t left =
      window ? std::max<std::int64_t>(0, computed - group.span.tokens + 1) : computed;
  const std::int64_t filling =
      window ? std::max<std::int64_t>(0, group.span.tokens - 1 - computed) : 0;
  const std::int64_t period = window ? group.block_size : group.span.tokens;
  for (std::int64_t k = filling + next_multiple(left, period); k < steps_; k += period) {
    const std::int64_t blocks = (model::droppable(group.span, computed + k) / group.block_size) -
                                (model::droppable(group.span, computed + k - 1) / group.block_size);
    given_[static_cast<std::size_t>(k)] += group.copies * blocks;
  }
}

std::int64_t BlockWalk::affordable_steps(std::int64_t free) const {
  std::int64_t taken = 0;
  for (std::int64_t k = 1; k < steps_; ++k) {
    taken += taken_[static_cast<std::size_t>(k)];
    if (taken > free) {
      return k;
    }
  }
  return steps_;
}

std::int64_t BlockWalk::change(std::int64_t step) const {
  const auto k = static_cast<std::size_t>(step);
  return taken_[k] - given_[k];
}

}  // namespace kvsim::engine
