// VllmPolicy, part A with scheduling_policy: priority. Running requests are still served in the
// order in which they were admitted; who has to go is the one of least rank among all of them,
// served already or not. If it was, its tokens return to the budget.
#include <algorithm>

#include "sim/sched/vllm_policy.hpp"

namespace kvsim::sched {

// Takes the last in rank off the list, gives back what it holds and what this decision gave it;
// answers whether that was something.
bool VllmPolicy::preempt_last_in_rank(const View& view, std::vector<SlotId>& running,
                                      Account& account, Decision& decision) {
  const auto last = std::max_element(running.begin(), running.end(), [&](SlotId a, SlotId b) {
    return view.slots[a.value()].rank < view.slots[b.value()].rank;
  });
  const SlotId victim = *last;
  running.erase(last);
  decision.preempted.push_back(victim);
  const RequestState& request = view.slots[victim.value()];
  account.free_blocks += request.holding.blocks;
  const auto given =
      std::find_if(decision.running.begin(), decision.running.end(),
                   [&](const Scheduled& scheduled) { return scheduled.slot == victim; });
  if (given == decision.running.end()) {
    return false;
  }
  account.budget += given->tokens;
  account.free_blocks +=
      view.kv.missing_blocks(request.holding, request.computed, request.computed + given->tokens);
  decision.running.erase(given);
  return true;
}

void VllmPolicy::keep_running_by_priority(const View& view, Account& account,
                                          Decision& decision) const {
  std::vector<SlotId> running = view.running;
  for (std::size_t next = 0; next < running.size() && account.budget > 0;) {
    const SlotId slot = running[next];
    const RequestState& request = view.slots[slot.value()];
    const std::int64_t tokens =
        std::min(below_threshold(request.tokens - request.computed), account.budget);
    const std::int64_t missing =
        view.kv.missing_blocks(request.holding, request.computed, request.computed + tokens);
    bool stays = true;
    while (tokens > 0 && missing > account.free_blocks && stays) {
      if (preempt_last_in_rank(view, running, account, decision)) {
        --next;  // the list has moved up
      }
      stays = decision.preempted.back() != slot;
    }
    if (!stays) {
      break;  // it was the last in rank: the step ends with those served so far
    }
    if (tokens > 0) {
      account.free_blocks -= missing;
      account.budget -= tokens;
      decision.running.push_back({slot, tokens});
    }
    ++next;
  }
  account.running = running.size();
}

}  // namespace kvsim::sched
