#include "sim/sched/vllm_policy.hpp"

#include <algorithm>

namespace kvsim::sched {

void Decision::clear() {
  preempted.clear();
  running.clear();
  admitted.clear();
}

// What is left while the decision is being made.
struct VllmPolicy::Account {
  std::int64_t budget;
  std::int64_t free_blocks;
  std::size_t running;  // requests that are still running
};

std::int64_t VllmPolicy::chunk(const RequestState& request, const Account& account) const {
  std::int64_t tokens = request.tokens - request.computed;
  if (limits_.long_prefill_token_threshold > 0) {
    tokens = std::min(tokens, limits_.long_prefill_token_threshold);
  }
  return std::min(tokens, account.budget);
}

void VllmPolicy::decide(const View& view, Decision& decision) const {
  decision.clear();
  Account account{limits_.max_num_batched_tokens, view.kv.free_blocks(), view.running.size()};
  keep_running(view, account, decision);
  if (decision.preempted.empty()) {
    admit_waiting(view, account, decision);
  }
}

void VllmPolicy::keep_running(const View& view, Account& account, Decision& decision) const {
  for (std::size_t i = 0; i < account.running && account.budget > 0; ++i) {
    const SlotId slot = view.running[i];
    const RequestState& request = view.slots[slot.value()];
    const std::int64_t tokens = chunk(request, account);
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

void VllmPolicy::admit_waiting(const View& view, Account& account, Decision& decision) const {
  const auto most = static_cast<std::size_t>(limits_.max_num_seqs);
  for (const SlotId slot : view.waiting) {
    if (account.budget == 0 || account.running == most) {
      return;
    }
    const RequestState& request = view.slots[slot.value()];
    const std::int64_t tokens = chunk(request, account);
    if (!limits_.chunked_prefill && request.tokens > account.budget) {
      return;
    }
    const std::int64_t missing = view.kv.missing_blocks(request.holding, 0, tokens);
    if (missing > account.free_blocks) {
      return;
    }
    account.free_blocks -= missing;
    account.budget -= tokens;
    ++account.running;
    decision.admitted.push_back({slot, tokens});
  }
}

}  // namespace kvsim::sched
