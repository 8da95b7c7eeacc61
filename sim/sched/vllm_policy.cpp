#include "sim/sched/vllm_policy.hpp"

#include <algorithm>

namespace kvsim::sched {

void Decision::clear() {
  preempted.clear();
  running.clear();
  admitted.clear();
}

std::int64_t VllmPolicy::below_threshold(std::int64_t tokens) const {
  return limits_.long_prefill_token_threshold > 0
             ? std::min(tokens, limits_.long_prefill_token_threshold)
             : tokens;
}

void VllmPolicy::decide(const View& view, Decision& decision) const {
  decision.clear();
  if (!limits_.mixed && finds_prompts(view, decision)) {
    return;
  }
  Account account = account_of(view);
  if (limits_.by_priority) {
    keep_running_by_priority(view, account, decision);
  } else {
    keep_running(view, account, decision);
  }
  if (decision.preempted.empty()) {
    admit_waiting(view, account, decision);
  }
}

// Nobody is preempted for a prompt: without blocks it waits until decoding has made room.
bool VllmPolicy::finds_prompts(const View& view, Decision& decision) const {
  Account account = account_of(view);
  for (const SlotId slot : view.running) {
    const RequestState& request = view.slots[slot.value()];
    const std::int64_t tokens =
        std::min(below_threshold(request.tokens - request.computed), account.budget);
    if (request.tokens - request.computed <= 1 || tokens == 0) {
      continue;
    }
    const std::int64_t missing =
        view.kv.missing_blocks(request.holding, request.computed, request.computed + tokens);
    if (missing <= account.free_blocks) {
      account.free_blocks -= missing;
      account.budget -= tokens;
      decision.running.push_back({slot, tokens});
    }
  }
  admit_waiting(view, account, decision);
  return !decision.running.empty() || !decision.admitted.empty();
}

void VllmPolicy::keep_running(const View& view, Account& account, Decision& decision) const {
  for (std::size_t i = 0; i < account.running && account.budget > 0; ++i) {
    const SlotId slot = view.running[i];
    const RequestState& request = view.slots[slot.value()];
    const std::int64_t tokens =
        std::min(below_threshold(request.tokens - request.computed), account.budget);
    if (tokens == 0) {
      continue;
    }
    const std::int64_t missing =
        view.kv.missing_blocks(request.holding, request.computed, request.computed + tokens);
    while (missing > account.free_blocks && i < account.running) {
      const SlotId victim = view.running[--account.running];
      account.free_blocks += view.slots[victim.value()].holding.blocks;
      decision.preempted.push_back(victim);
    }
    if (i >= account.running) {
      return;  // it was preempted itself, so it was the last
    }
    account.free_blocks -= missing;
    account.budget -= tokens;
    decision.running.push_back({slot, tokens});
  }
}

// The watermark keeps newcomers away from the last blocks as long as somebody runs who may need
// them; alone, a request is admitted whatever it takes, so nobody waits for ever.
bool VllmPolicy::has_room(const View& view, const RequestState& request, std::int64_t missing,
                          const Account& account) const {
  const bool alone = account.running == 0 && view.ahead == 0;
  const std::int64_t free = account.free_blocks - (alone ? 0 : limits_.watermark_blocks);
  return missing <= free && (!limits_.reserve_full_isl ||
                             view.kv.most(request.tokens, limits_.max_num_batched_tokens) <= free);
}

void VllmPolicy::admit_waiting(const View& view, Account& account, Decision& decision) const {
  const auto most = static_cast<std::size_t>(limits_.max_num_seqs - view.ahead);
  view.waiting.show_while([&](SlotId slot) {
    return account.budget > 0 && account.running < most && admit(view, slot, account, decision);
  });
}

bool VllmPolicy::admit(const View& view, SlotId slot, Account& account, Decision& decision) const {
  const RequestState& request = view.slots[slot.value()];
  const std::int64_t wanted = below_threshold(request.tokens);
  if (!limits_.chunked_prefill && wanted > account.budget) {
    return false;
  }
  const std::int64_t tokens = std::min(wanted, account.budget);
  const std::int64_t missing = view.kv.missing_blocks(request.holding, 0, tokens);
  if (!has_room(view, request, missing, account)) {
    return false;
  }
  account.free_blocks -= missing;
  account.budget -= tokens;
  ++account.running;
  decision.admitted.push_back({slot, tokens});
  return true;
}

}  // namespace kvsim::sched
