// One decision of vllm_policy.hpp in the making. `Blocks` is one of block_account.hpp.
#pragma once

#include <algorithm>

#include "sim/sched/block_account.hpp"

namespace kvsim::sched {

template <class Blocks>
class VllmRound {
 public:
  VllmRound(const Limits& limits, const View& view, Blocks& blocks, Decision& decision)
      : limits_(limits),
        view_(view),
        blocks_(blocks),
        decision_(decision),
        budget_(limits.max_num_batched_tokens - view.tokens_ahead),
        running_(view.running.size()) {}

  void decide() {
    if (!limits_.mixed && finds_prompts()) {
      return;
    }
    if (limits_.by_priority) {
      keep_running_by_priority();
    } else {
      keep_running();
    }
    if (decision_.preempted.empty()) {
      admit_waiting();
    }
  }

 private:
  [[nodiscard]] const RequestState& state(SlotId slot) const { return view_.slots[slot.value()]; }
  [[nodiscard]] std::int64_t below_threshold(std::int64_t tokens) const {
    return limits_.long_prefill_token_threshold > 0
               ? std::min(tokens, limits_.long_prefill_token_threshold)
               : tokens;
  }
  [[nodiscard]] std::int64_t chunk_of(const RequestState& request) const {
    return std::min(below_threshold(request.tokens - request.computed), budget_);
  }
  [[nodiscard]] std::int64_t missing_for(const RequestState& request, std::int64_t tokens) const {
    return view_.kv.missing_blocks(request.holding, request.computed, request.computed + tokens);
  }
  void serve(SlotId slot, std::int64_t tokens, std::int64_t missing) {
    blocks_.extend(slot, tokens, missing);
    budget_ -= tokens;
    decision_.running.push_back({slot, tokens});
  }

  // Nobody is preempted for a prompt: without blocks it waits until decoding has made room.
  bool finds_prompts() {
    for (const SlotId slot : view_.running) {
      const RequestState& request = state(slot);
      const std::int64_t tokens = chunk_of(request);
      if (request.tokens - request.computed <= 1 || tokens == 0) {
        continue;
      }
      const std::int64_t missing = missing_for(request, tokens);
      if (missing <= blocks_.free()) {
        serve(slot, tokens, missing);
      }
    }
    admit_waiting();
    return !decision_.running.empty() || !decision_.admitted.empty();
  }

  void keep_running() {
    for (std::size_t i = 0; i < running_ && budget_ > 0; ++i) {
      const SlotId slot = view_.running[i];
      const std::int64_t tokens = chunk_of(state(slot));
      if (tokens == 0) {
        continue;
      }
      const std::int64_t missing = missing_for(state(slot), tokens);
      while (missing > blocks_.free() && i < running_) {
        const SlotId victim = view_.running[--running_];
        blocks_.preempt(victim, 0);
        decision_.preempted.push_back(victim);
      }
      if (i >= running_) {
        return;  // it was preempted itself, so it was the last
      }
      serve(slot, tokens, missing);
    }
  }

  // By priority running requests are still served in the order in which they were admitted; who has
  // to go is the one of least rank among all of them, served already or not. If it was, its tokens
  // return to the budget.
  void keep_running_by_priority() {
    std::vector<SlotId> running = view_.running;
    for (std::size_t next = 0; next < running.size() && budget_ > 0;) {
      const SlotId slot = running[next];
      const std::int64_t tokens = chunk_of(state(slot));
      const std::int64_t missing = missing_for(state(slot), tokens);
      bool stays = true;
      while (tokens > 0 && missing > blocks_.free() && stays) {
        if (preempt_last_in_rank(running)) {
          --next;  // the list has moved up
        }
        stays = decision_.preempted.back() != slot;
      }
      if (!stays) {
        break;  // it was the last in rank: the step ends with those served so far
      }
      if (tokens > 0) {
        serve(slot, tokens, missing);
      }
      ++next;
    }
    running_ = running.size();
  }

  // Takes the last in rank off the list, gives back what it holds and what this decision gave it;
  // answers whether that was something.
  bool preempt_last_in_rank(std::vector<SlotId>& running) {
    const auto last = std::max_element(running.begin(), running.end(), [&](SlotId a, SlotId b) {
      return state(a).rank < state(b).rank;
    });
    const SlotId victim = *last;
    running.erase(last);
    decision_.preempted.push_back(victim);
    const auto given =
        std::find_if(decision_.running.begin(), decision_.running.end(),
                     [&](const Scheduled& scheduled) { return scheduled.slot == victim; });
    if (given == decision_.running.end()) {
      blocks_.preempt(victim, 0);
      return false;
    }
    blocks_.preempt(victim, given->tokens);
    budget_ += given->tokens;
    decision_.running.erase(given);
    return true;
  }

  void admit_waiting() {
    const auto most = static_cast<std::size_t>(limits_.max_num_seqs - view_.ahead);
    view_.waiting.show_while(
        [&](SlotId slot) { return budget_ > 0 && running_ < most && admit(slot); });
  }

  bool admit(SlotId slot) {
    const memory::FoundPrefix found = blocks_.find(slot);
    const std::int64_t computed = found.blocks == 0 ? 0 : view_.kv.tokens_in(found);
    const std::int64_t wanted = below_threshold(state(slot).tokens - computed);
    if (!limits_.chunked_prefill && wanted > budget_) {
      return false;
    }
    const std::int64_t tokens = std::min(wanted, budget_);
    const std::int64_t missing =
        view_.kv.missing_blocks({}, computed, computed + tokens) - found.blocks + found.idle;
    if (!has_room(state(slot), found, missing)) {
      decision_.head_lacks_blocks = true;
      return false;
    }
    blocks_.admit(slot, found, tokens, missing);
    budget_ -= tokens;
    ++running_;
    decision_.admitted.push_back({slot, tokens});
    return true;
  }

  // The watermark keeps newcomers away from the last blocks as long as somebody runs who may need
  // them; alone, a request is admitted whatever it takes, so nobody waits for ever.
  [[nodiscard]] bool has_room(const RequestState& request, const memory::FoundPrefix& found,
                              std::int64_t missing) const {
    const bool alone = running_ == 0 && view_.ahead == 0;
    const std::int64_t free = blocks_.free() - (alone ? 0 : limits_.watermark_blocks);
    return missing <= free && (!limits_.reserve_full_isl ||
                               view_.kv.most(request.tokens, limits_.max_num_batched_tokens) -
                                       found.blocks + found.idle <=
                                   free);
  }

  const Limits& limits_;
  const View& view_;
  Blocks& blocks_;
  Decision& decision_;
  // What is left while the decision is being made.
  std::int64_t budget_;
  std::size_t running_;  // requests that are still running
};

}  // namespace kvsim::sched
