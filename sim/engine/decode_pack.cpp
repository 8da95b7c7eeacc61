#include "sim/engine/decode_pack.hpp"

#include <algorithm>
#include <bit>

namespace kvsim::engine {

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
      cycle = cycles_.insert(cycle, {group.block_size, 0, std::vector<std::int64_t>(phases), mask,
                                     std::popcount(phases - 1), 0});
    }
    cycle->copies += group.copies;
  }
  one_cycle_ = cycles_.size() == 1 &&
               std::has_single_bit(static_cast<std::uint64_t>(cycles_.front().block_size));
}

void DecodePack::join(SlotId slot, std::int64_t computed, std::int64_t missing) {
  if (free_.empty()) {
    free_.push_back(static_cast<FinishWheel::Item>(members_.size()));
    members_.emplace_back();
    neighbours_.emplace_back();
  }
  const FinishWheel::Item place = free_.back();
  free_.pop_back();
  members_[place] = {slot, computed - steps_, steps_ + missing, joined_++};
  neighbours_[place] = {youngest_, kNobody};
  if (youngest_ != kNobody) {
    neighbours_[youngest_].younger = place;
  }
  youngest_ = place;
  wheel_.add(place, steps_ + missing);
  count(members_[place], 1);
}

void DecodePack::count(const Member& member, std::int64_t sign) {
  size_ += sign;
  origins_ += sign * member.origin;
  for (Cycle& cycle : cycles_) {
    const std::size_t phase = cycle.phase(-member.origin);
    cycle.members[phase] += sign;
    if (cycle.has_bits()) {
      const std::uint64_t bit = std::uint64_t{1} << phase;
      cycle.occupied = cycle.members[phase] > 0 ? cycle.occupied | bit : cycle.occupied & ~bit;
    }
  }
}

DecodePack::Member DecodePack::take(FinishWheel::Item place) {
  const Member member = members_[place];
  count(member, -1);
  const auto [older, younger] = neighbours_[place];
  if (older != kNobody) {
    neighbours_[older].younger = younger;
  }
  (younger == kNobody ? youngest_ : neighbours_[younger].older) = older;
  free_.push_back(place);
  return member;
}

void DecodePack::take_finished(std::vector<Member>& finished) {
  finished.clear();
  due_.clear();
  wheel_.advance(steps_, due_);
  for (const FinishWheel::Item place : due_) {
    finished.push_back(take(place));
  }
  if (finished.size() > 1) {
    std::sort(finished.begin(), finished.end(),
              [](const Member& a, const Member& b) { return a.joined < b.joined; });
  }
}

DecodePack::Member DecodePack::take_youngest() {
  wheel_.remove(youngest_, members_[youngest_].finish);
  return take(youngest_);
}

Passing DecodePack::pass(std::int64_t ahead, std::int64_t room) const {
  std::int64_t taken = 0;
  if (!one_cycle_) {
    do {
      taken += blocks_taken(++ahead);
    } while (taken <= room);
    return {ahead, taken};
  }
  const Cycle& cycle = cycles_.front();
  const std::int64_t in_a_turn = cycle.copies * size_;
  if (room >= in_a_turn) {
    const std::int64_t turns = room / in_a_turn;
    taken = turns * in_a_turn;
    ahead += turns * cycle.block_size;
  }
  do {
    ++ahead;
    taken += cycle.copies * cycle.members[static_cast<std::size_t>((steps_ + ahead) & cycle.mask)];
  } while (taken <= room);
  return {ahead, taken};
}

Climb DecodePack::climb(std::int64_t steps) const {
  return one_cycle_ && steps < cycles_.front().block_size ? short_climb(cycles_.front(), steps)
                                                          : long_climb(steps);
}

Climb DecodePack::long_climb(std::int64_t steps) const {
  Climb climb;
  for (const Cycle& cycle : cycles_) {
    if (!cycle.has_bits()) {
      for (std::int64_t step = 1; step <= std::min(cycle.block_size, steps); ++step) {
        add_climb(cycle, steps, step, climb);
      }
      continue;
    }
    for (std::uint64_t bits = cycle.occupied_from(steps_ + 1); bits != 0; bits &= bits - 1) {
      const std::int64_t step = 1 + std::countr_zero(bits);
      if (step > steps) {
        break;
      }
      add_climb(cycle, steps, step, climb);
    }
  }
  return climb;
}

// Nobody takes two blocks.
Climb DecodePack::short_climb(const Cycle& cycle, std::int64_t steps) const {
  std::int64_t members = 0;
  std::int64_t places = 0;
  std::int64_t pairs = 0;
  for (std::int64_t step = 1; step <= steps; ++step) {
    const std::int64_t takers =
        cycle.members[static_cast<std::size_t>((steps_ + step) & cycle.mask)];
    members += takers;
    places += takers * step;
    pairs += takers * (step * (step - 1) / 2);
  }
  return {cycle.copies * members, cycle.copies * places, static_cast<Int128>(cycle.copies) * pairs};
}

void DecodePack::add_climb(const Cycle& cycle, std::int64_t steps, std::int64_t j,
                           Climb& climb) const {
  const std::int64_t blocks = cycle.copies * cycle.members[cycle.phase(steps_ + j)];
  if (steps < j + cycle.block_size) {
    climb.blocks += blocks;
    climb.places += blocks * j;
    climb.pairs += blocks * (j * (j - 1) / 2);
  } else {
    add_turns(cycle, blocks, steps, j, climb);
  }
}

// Members that take a block in step j take one in j + b, j + 2b, ... as well: sums of 1, j and
// j(j - 1)/2 over the t terms of that series up to `steps`.
void DecodePack::add_turns(const Cycle& cycle, std::int64_t blocks, std::int64_t steps,
                           std::int64_t j, Climb& climb) {
  const std::int64_t b = cycle.block_size;
  const std::int64_t t = (cycle.mask != 0 ? (steps - j) >> cycle.shift : (steps - j) / b) + 1;
  const std::int64_t sum = t * j + b * (t * (t - 1) / 2);
  const std::int64_t squares =
      t * j * j + j * b * t * (t - 1) + b * b * (t * (t - 1) * (2 * t - 1) / 6);
  climb.blocks += blocks * t;
  climb.places += blocks * sum;
  climb.pairs += static_cast<Int128>(blocks) * ((squares - sum) / 2);
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
