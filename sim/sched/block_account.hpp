// What a decision spends of the KV pool while it is made.
//
// Counted: blocks are a number, and nothing changes until the decision is carried out.
// Taken: with prefix caching what one request takes or gives back decides what the next one finds,
// within one step too, so blocks change hands as the decision is made; to carry it out then finds
// them where they belong. Prompts can be found from when they are scheduled on, before they are
// computed: whoever hits them is computed no sooner (vLLM: allocate_slots caches full blocks).
#pragma once

#include "sim/sched/policy.hpp"

namespace kvsim::sched {

class CountedBlocks {
 public:
  explicit CountedBlocks(const View& view) : view_(view), free_(view.kv.free_blocks()) {}

  [[nodiscard]] std::int64_t free() const { return free_; }
  [[nodiscard]] static memory::FoundPrefix find(SlotId /*newcomer*/) { return {}; }
  /// `missing` blocks of those that are free.
  void extend(SlotId /*slot*/, std::int64_t /*tokens*/, std::int64_t missing) { free_ -= missing; }
  void admit(SlotId /*slot*/, const memory::FoundPrefix& /*found*/, std::int64_t /*tokens*/,
             std::int64_t missing) {
    free_ -= missing;
  }
  /// All that it holds, and what it was given for `given` tokens in this decision.
  void preempt(SlotId slot, std::int64_t given) {
    const RequestState& request = view_.slots[slot.value()];
    free_ += request.holding.blocks;
    if (given > 0) {
      free_ += view_.kv.missing_blocks(request.holding, request.computed, request.computed + given);
    }
  }

 private:
  const View& view_;
  std::int64_t free_;
};

/// Where preempted requests leave their blocks: full ones can be found until they are overwritten.
void preempt_blocks(memory::KvManager& kv, RequestState& request);

class TakenBlocks {
 public:
  TakenBlocks(memory::KvManager& kv, std::span<RequestState> slots) : kv_(kv), slots_(slots) {}

  [[nodiscard]] std::int64_t free() const { return kv_.free_blocks(); }
  [[nodiscard]] memory::FoundPrefix find(SlotId newcomer) {
    const RequestState& request = slots_[newcomer.value()];
    return kv_.find(request.content, request.tokens);
  }
  void extend(SlotId slot, std::int64_t tokens, std::int64_t /*missing*/) {
    RequestState& request = slots_[slot.value()];
    const std::int64_t attended = request.computed + tokens;
    kv_.extend(request.holding, request.computed, attended);
    // Tokens of an answer are of no interest to others before it ends.
    if (tokens > 1 || request.computed < request.prompt_tokens) {
      kv_.cover(request.holding, attended);
    }
  }
  void admit(SlotId slot, const memory::FoundPrefix& found, std::int64_t tokens,
             std::int64_t missing) {
    RequestState& request = slots_[slot.value()];
    if (request.content != nullptr) {
      kv_.hold(request.holding, request.content, found);
      request.computed = kv_.tokens_in(found);
    }
    extend(slot, tokens, missing);
  }
  void preempt(SlotId slot, std::int64_t /*given*/) { preempt_blocks(kv_, slots_[slot.value()]); }

 private:
  memory::KvManager& kv_;
  std::span<RequestState> slots_;
};

}  // namespace kvsim::sched
