#include "sim/sched/vllm_policy.hpp"

#include "sim/sched/vllm_round.hpp"

namespace kvsim::sched {

void Decision::clear() {
  preempted.clear();
  running.clear();
  admitted.clear();
  head_lacks_blocks = false;
}

void VllmPolicy::decide(const View& view, Decision& decision) const {
  decision.clear();
  CountedBlocks blocks(view);
  VllmRound(limits_, view, blocks, decision).decide();
}

void VllmPolicy::decide_and_take(const View& view, memory::KvManager& kv,
                                 std::span<RequestState> slots, Decision& decision) const {
  decision.clear();
  TakenBlocks blocks(kv, slots);
  VllmRound(limits_, view, blocks, decision).decide();
}

}  // namespace kvsim::sched
