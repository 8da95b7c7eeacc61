// vLLM V1's scheduler, first come first served or by priority (vllm/v1/core/sched/scheduler.py;
// PHYSICS 6.1).
//
// There is no prefill or decode phase: every request has tokens, and tokens whose KV is computed.
// A step has a budget of tokens.
//   A. Running requests, oldest first, compute what they lack, at most a chunk. A request that
//      finds no KV block preempts the youngest running one (recompute: its blocks are freed, it
//      goes to the head of the queue) until it fits or was preempted itself. By priority, the one
//      to go is the last by (priority, arrival).
//   B. If nobody was preempted, waiting requests are admitted from the head, until the budget, the
//      number of sequences or the blocks run out. The head blocks those behind it.
//
// A chunk is at most long_prefill_token_threshold tokens of one prompt and what the budget has
// left; without chunked prefill a newcomer whose chunk exceeds the budget waits. A newcomer needs
// blocks for its chunk and, with scheduler_reserve_full_isl, for all tokens that it has so far;
// while others run, the watermark must stay free beside them (kv_cache_manager.py, allocate_slots).
//
// With enable_mixed_chunk: false prompts do not run beside decoding but before it, as in SGLang: a
// step is made of what is left of prompts and of newcomers as long as there are any that find
// blocks, and of decoding else (sglang/srt/managers/scheduler.py, get_next_batch_to_run). The rest
// is vLLM's: SGLang admits by an estimate of what running requests will still need.
//
// With prefix caching a newcomer's tokens count from behind the blocks that it finds; those that
// nobody holds have to be free beside what it lacks (kv_cache_manager.py, get_computed_blocks).
//
// With asynchronous scheduling a running request may lack nothing, because it is known to end with
// the step in progress: it keeps its seat and its blocks, and the next one is served.
#pragma once

#include "sim/sched/policy.hpp"

namespace kvsim::sched {

class VllmPolicy final : public Policy {
 public:
  explicit VllmPolicy(Limits limits) : limits_(limits) {}
  void decide(const View& view, Decision& decision) const override;
  /// The same with prefix caching: blocks change hands while it is decided (block_account.hpp).
  /// Requires: `view` shows `kv` and `slots`.
  void decide_and_take(const View& view, memory::KvManager& kv, std::span<RequestState> slots,
                       Decision& decision) const;
  /// A newcomer of `tokens` tokens that finds none of them is not admitted while others run and
  /// hold all but `free` blocks, whatever else there is. False: it depends.
  [[nodiscard]] bool keeps_out(std::int64_t tokens, const memory::KvManager& kv,
                               std::int64_t free) const {
    return limits_.reserve_full_isl &&
           kv.most(tokens, limits_.max_num_batched_tokens) > free - limits_.watermark_blocks;
  }
  /// The first who waits, of whose tokens none are found, is admitted with all of them at once;
  /// those that run are the `ahead`, of whom `tokens_ahead` compute one; they leave `free` blocks.
  /// False: it depends.
  [[nodiscard]] bool admits_whole(std::int64_t tokens, const memory::KvManager& kv,
                                  std::int64_t free, std::int64_t ahead,
                                  std::int64_t tokens_ahead) const {
    const std::int64_t longest = limits_.long_prefill_token_threshold;
    free -= ahead == 0 ? 0 : limits_.watermark_blocks;
    return ahead < limits_.max_num_seqs &&
           tokens <= limits_.max_num_batched_tokens - tokens_ahead &&
           (longest == 0 || tokens <= longest) && kv.missing_blocks({}, 0, tokens) <= free &&
           (!limits_.reserve_full_isl || kv.most(tokens, limits_.max_num_batched_tokens) <= free);
  }

 private:
  Limits limits_;
};

}  // namespace kvsim::sched
