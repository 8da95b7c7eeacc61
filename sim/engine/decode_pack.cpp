#include "sim/engine/decode_pack.hpp"

#include <algorithm>
#include <bit>

namespace kvsim::engine {
namespace {

constexpr std::int64_t kNobody = -1;

}  // namespace

DecodePack::DecodePack(const memory::PagePlan& plan) {
  for (const memory::PageGroup& group : plan.groups) {
    if (group.is_state) {
      continue;  // a state is one block from the first token to the last
    }
    auto cycle = std::find_if(cycles_.begin(), cycles_.end(), [&](const Cycle& each) {
      return each.block_size == group.block_size;
    });
    if (cycle == cycles_.end()) {
      const auto phases = static_cast<std::size_t>(group.block_size);
      const std::int64_t mask = std::has_single_bit(phases) ? group.block_size - 1 : 0;
      cycle = cycles_.insert(cycle, {group.block_size, 0, std::vector<std::int64_t>(phases), mask});
    }
    cycle->copies += group.copies;
  }
}

void DecodePack::join(SlotId slot, std::int64_t computed, std::int64_t missing) {
  if (free_.empty()) {
    free_.push_back(static_cast<FinishWheel::Item>(members_.size()));
    members_.emplace_back();
  }
  const FinishWheel::Item place = free_.back();
  free_.pop_back();
  members_[place] = {slot, computed - steps_, joined_++};
  wheel_.add(place, steps_ + missing);
  count(members_[place], 1);
}

void DecodePack::count(const Member& member, std::int64_t sign) {
  size_ += sign;
  origins_ += sign * member.origin;
  for (Cycle& cycle : cycles_) {
    cycle.members[cycle.phase(member.origin)] += sign;
  }
}

void DecodePack::in_order_of_joining(std::vector<Member>& members) {
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.joined < b.joined; });
}

void DecodePack::take_finished(std::vector<Member>& finished) {
  finished.clear();
  due_.clear();
  wheel_.advance(steps_, due_);
  for (const FinishWheel::Item place : due_) {
    finished.push_back(members_[place]);
    count(members_[place], -1);
    members_[place].joined = kNobody;
    free_.push_back(place);
  }
  if (finished.size() > 1) {
    in_order_of_joining(finished);
  }
}

void DecodePack::take_all(std::vector<Member>& members) {
  members.clear();
  std::copy_if(members_.begin(), members_.end(), std::back_inserter(members),
               [](const Member& member) { return member.joined != kNobody; });
  in_order_of_joining(members);
  for (const Member& member : members) {
    count(member, -1);
  }
  members_.clear();
  free_.clear();
  wheel_.clear(steps_);
}

// A member that takes a block in step j takes one in j + b, j + 2b, ... as well: sums of 1, j and
// j(j - 1)/2 over the t terms of that series up to `steps`.
Climb DecodePack::climb(std::int64_t steps) const {
  Climb climb;
  for (const Cycle& cycle : cycles_) {
    const std::int64_t b = cycle.block_size;
    const std::int64_t rounds = steps / b;
    std::size_t phase = cycle.phase(-steps_);
    for (std::int64_t j = 1; j <= std::min(b, steps); ++j) {
      phase = phase == 0 ? static_cast<std::size_t>(b - 1) : phase - 1;
      const std::int64_t blocks = cycle.copies * cycle.members[phase];
      if (blocks == 0) {
        continue;
      }
      if (rounds == 0) {
        climb.blocks += blocks;
        climb.places += blocks * j;
        climb.pairs += blocks * (j * (j - 1) / 2);
        continue;
      }
      const std::int64_t t = rounds + (j <= steps - rounds * b ? 1 : 0);
      const std::int64_t sum = t * j + b * (t * (t - 1) / 2);
      const std::int64_t squares =
          t * j * j + j * b * t * (t - 1) + b * b * (t * (t - 1) * (2 * t - 1) / 6);
      climb.blocks += blocks * t;
      climb.places += blocks * sum;
      climb.pairs += static_cast<Int128>(blocks) * ((squares - sum) / 2);
    }
  }
  return climb;
}

std::int64_t DecodePack::affordable_steps(std::int64_t wanted, std::int64_t free) const {
  std::int64_t taken = 0;
  for (std::int64_t step = 1; step < wanted; ++step) {
    taken += blocks_taken(step);
    if (taken > free) {
      return step;
    }
  }
  return wanted;
}

}  // namespace kvsim::engine
