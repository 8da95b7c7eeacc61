#include "sim/engine/decode_pack.hpp"

#include <algorithm>
#include <limits>

namespace kvsim::engine {
namespace {

std::size_t remainder(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = a % b;
  return static_cast<std::size_t>(rest < 0 ? rest + b : rest);
}

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
      cycle = cycles_.insert(cycle, {group.block_size, 0, std::vector<std::int64_t>(phases)});
    }
    cycle->copies += group.copies;
  }
  clear();
}

void DecodePack::join(SlotId slot, std::int64_t computed, std::int64_t missing) {
  members_.push_back({slot, computed - steps_, steps_ + missing});
  next_finish_ = std::min(next_finish_, members_.back().finish);
  count(members_.back(), 1);
}

void DecodePack::count(const Member& member, std::int64_t sign) {
  origins_ += sign * member.origin;
  for (Cycle& cycle : cycles_) {
    cycle.members[remainder(member.origin, cycle.block_size)] += sign;
  }
}

void DecodePack::take_finished(std::vector<Member>& finished) {
  finished.clear();
  if (next_finish_ > steps_) {
    return;
  }
  next_finish_ = std::numeric_limits<std::int64_t>::max();
  auto kept = members_.begin();
  for (const Member& member : members_) {
    if (member.finish == steps_) {
      finished.push_back(member);
      count(member, -1);
    } else {
      next_finish_ = std::min(next_finish_, member.finish);
      *kept++ = member;
    }
  }
  members_.erase(kept, members_.end());
}

void DecodePack::clear() {
  members_.clear();
  steps_ = 0;
  origins_ = 0;
  next_finish_ = std::numeric_limits<std::int64_t>::max();
  for (Cycle& cycle : cycles_) {
    std::fill(cycle.members.begin(), cycle.members.end(), 0);
  }
}

std::int64_t DecodePack::blocks_taken(std::int64_t ahead) const {
  std::int64_t blocks = 0;
  for (const Cycle& cycle : cycles_) {
    blocks += cycle.copies * cycle.members[remainder(-(steps_ + ahead), cycle.block_size)];
  }
  return blocks;
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
