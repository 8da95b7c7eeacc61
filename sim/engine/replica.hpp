// One engine with its GPUs: a queue, a batch, a KV pool, and the time they take.
//
// The plain stepper takes one step at a time, O(batch) each, no shortcut; it is the oracle of the
// other. The macro stepper adds two things: when the step just begun would be followed by steps
// like it, it takes them all at once (decode_run.hpp), and it keeps requests that decode as sums
// (decode_pack.hpp), from which the youngest comes back when blocks are short. Steps are serial:
// the next begins when the last has ended.
//
//   submit ─▶ waiting ─▶ begin_step (schedule, price) ─▶ end_step (tokens, finishes) ─▶ records
//               │             └ macro: how many alike?     └ macro: the rest, in closed form
//               └ macro: an arrival may cut the run
//
// With asynchronous scheduling vLLM decides a step when the one before it begins (EngineCore,
// step_with_batch_queue; AsyncScheduler), so that the decision knows
//   - of requests: those that had arrived by then (later ones lie in the inbox);
//   - of ends: those of the step before that one. A request whose last token comes with the step in
//     progress is a ghost: it keeps its seat and its blocks for one more decision, and computes one
//     token that nobody wants, unless its length was known beforehand (Incoming::end_is_foreseen).
// A decision that leaves nothing to compute is made anew when the step in progress has ended. Here
// all of this happens as the step begins, with what was known a step earlier (replica_lag.cpp).
//
// Not modelled: the time a client and the network add; detokenisation; speculative decoding.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/ring.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/engine/block_walk.hpp"
#include "sim/engine/decode_pack.hpp"
#include "sim/engine/decode_run.hpp"
#include "sim/engine/ledger.hpp"
#include "sim/engine/step_prices.hpp"
#include "sim/engine/stepper.hpp"
#include "sim/memory/kv_manager.hpp"
#include "sim/sched/vllm_policy.hpp"
#include "sim/spec/cuda_graphs.hpp"
#include "sim/spec/prompt_content.hpp"
#include "sim/spec/result.hpp"
#include "sim/spec/scheduled_step.hpp"

namespace kvsim::engine {

/// A request as it reaches a replica. Requires: all counts positive, output <= max_tokens.
struct Incoming {
  RequestId id;
  SimTime arrival;
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;  ///< after which the model stops by itself
  std::int64_t max_tokens = 0;     ///< limit that the client sent
  std::int64_t priority = 0;       ///< less is sooner; of no matter unless scheduled by priority
  bool end_is_foreseen = false;    ///< by length: the engine knows which token is the last
  spec::Content content{};         ///< null: unknown
};

class Replica {
 public:
  /// `prices` are shared by replicas alike. Requires: engine is resolved, budget holds a sequence.
  Replica(ReplicaId id, const spec::EngineSpec& engine, const spec::HbmBudget& budget,
          const memory::PagePlan& plan, std::shared_ptr<PriceList> prices, Stepper stepper);

  /// This request can never be served here.
  [[nodiscard]] bool refuses(const Incoming& request) const {
    const std::int64_t longest = request.prompt_tokens + request.max_tokens;
    return longest > max_model_len_ ||
           kv_.most(longest, limits_.max_num_batched_tokens) > kv_.usable_blocks();
  }
  /// Why, or nothing if it can.
  [[nodiscard]] std::optional<std::string> refusal(const Incoming& request) const;
  /// Whether the run in progress thereby ends earlier: see ends(). Requires: refusal(request) is
  /// empty, it arrives now.
  bool submit(Incoming&& request);

  /// Idle, and somebody waits or runs, or left behind what was decided for them.
  [[nodiscard]] bool can_begin() const {
    return !busy_ && (!pack_.empty() || waiting() + running() > 0);
  }
  /// Schedules and prices a step that begins at `now`, and decides how many steps like it follow.
  /// False, and idle again at once, where only ghosts were left and the scheduler preempts them.
  bool begin_step(SimTime now);
  /// When the step or run in progress ends; nothing while idle.
  [[nodiscard]] std::optional<SimTime> ends() const {
    return busy_ ? std::optional(ends_) : std::nullopt;
  }
  /// The same. Requires: a step is in progress.
  [[nodiscard]] SimTime end_of_step() const { return ends_; }
  /// What was decided for the step in progress. Requires: the plain stepper, a step in progress.
  void describe_step(spec::ScheduledStep& step) const;
  /// Hands out the tokens of the step or run that ends at `now`; appends those that finished.
  void end_step(SimTime now, std::vector<spec::RequestRecord>& finished);

  [[nodiscard]] ReplicaId id() const { return id_; }
  /// Requests whose clients wait for tokens.
  [[nodiscard]] std::int64_t outstanding() const { return waiting() + running() - ghosts(); }
  [[nodiscard]] std::int64_t waiting() const { return queued_; }
  /// Sequences that hold a seat, ghosts included.
  [[nodiscard]] std::int64_t running() const {
    return pack_.size() + pack_ghosts_.size() + static_cast<std::int64_t>(running_.size());
  }
  /// KV blocks in use just before `time`. Requires: no step has begun or ended since, the step or
  /// run in progress ends then or later.
  [[nodiscard]] std::int64_t blocks_in_use_before(SimTime time) const;
  /// They only rise between the beginning of a step or run and its end.
  [[nodiscard]] bool blocks_only_rise() const { return free_blocks_only_fall_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  /// Completes the ledger, but for what the macro stepper's steps are made of: that is in the list
  /// of prices. Requires: the run is over.
  void close(SimTime end);

 private:
  /// What the scheduler need not know.
  struct Life {
    Incoming request;
    std::int64_t output_tokens = 0;  ///< so far
    std::int64_t preemptions = 0;
    std::int64_t cached_tokens = 0;  ///< found when it was first scheduled
    SimTime first_scheduled;         ///< if was_scheduled
    SimTime first_token;
    SimTime last_token;
    std::int64_t seat = 0;  ///< counts admissions: the order of running requests
    bool was_scheduled = false;
    bool is_ghost = false;
  };

  /// Ghosts that were in the pack, as sums.
  struct PackGhosts {
    std::vector<SlotId> slots;
    std::int64_t tokens = 0;   ///< ghosts that compute one
    std::int64_t context = 0;  ///< tokens that those attend to
    std::int64_t blocks = 0;   ///< that they lack
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(slots.size()); }
    [[nodiscard]] bool empty() const { return slots.empty(); }
  };

  [[nodiscard]] SlotId take_slot();
  void preempt_for_pack(SimTime now);
  /// Requires: `blocks` is blocks_of_pack().
  void take_blocks_for_pack(std::int64_t blocks) {
    kv_.give(pack_blocks_, blocks - pack_ghosts_.blocks);
    if (pack_ghosts_.blocks > 0) {
      take_blocks_for_ghosts();
    }
  }
  void take_blocks_for_ghosts();
  void decide(SimTime now);
  void decide_something(SimTime now);
  void ask(const sched::VllmPolicy& policy, const sched::View& view);
  void carry_out_preemptions();
  void preempt(SlotId slot);
  void schedule(const sched::Scheduled& scheduled, SimTime now);
  void note_first_schedule(SlotId slot, SimTime now);
  void apply_decision(SimTime now);
  void price();

  // The long way, kept out of what is inlined into the loop over steps: registers are few.
  /// False where nothing is left to compute.
  [[nodiscard, gnu::noinline]] bool begin_with_all(SimTime now);
  [[gnu::noinline]] void end_with_all(SimTime now, std::vector<spec::RequestRecord>& done);
  [[nodiscard, gnu::noinline]] bool begin_with_newcomer(SimTime now, std::int64_t pack_blocks);

  [[nodiscard]] bool begin_with_others(SimTime now, std::int64_t pack_blocks);
  [[nodiscard]] bool find_newcomer(SimTime now, std::int64_t pack_blocks);
  [[nodiscard]] bool next_is_kept_out(std::int64_t free) const;
  void admit(SlotId slot, SimTime now);
  void end_with_newcomer(SimTime now, std::vector<spec::RequestRecord>& done);

  [[nodiscard]] std::int64_t steps_alike();
  [[nodiscard]] std::int64_t tokens_until_a_finish() const;
  [[nodiscard]] bool head_stays_blocked() const;
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] std::int64_t affordable_steps(std::int64_t wanted);

  void hand_out_tokens(SimTime now);
  void receive_token(SlotId slot, SimTime now);
  /// Each member got a token at the end of the step before, so all its gaps are step times.
  void take_steps_of_pack() {
    if (!pack_.empty()) {
      ledger_.itl.add_series(run_.times, run_.steps, ends_ - run_.begin, pack_.size());
      if (run_.steps > 1) {
        take_blocks_of_run();
      }
      pack_.advance(run_.steps);
    }
  }
  void take_blocks_of_run();
  void take_following_steps();
  void book_usage(std::int64_t steps);
  void note_usage(SimTime now) { ledger_.usage.set(now, kv_.used_blocks()); }
  /// The same after blocks were given back: a step that begins now will take some and note it.
  void note_usage_at_rest(SimTime now) {
    if (!can_begin()) {
      note_usage(now);
    }
  }
  /// Those that are due, of the state as it is: to be called before that changes.
  void take_samples(SimTime until) {
    if (ledger_.series.next() <= until) {
      take_samples(until, kv_.used_blocks(), kv_.kept_blocks());
    }
  }
  [[gnu::cold]] void take_samples(SimTime until, std::int64_t used, std::int64_t kept);
  [[gnu::cold]] void take_sample(std::int64_t used, std::int64_t kept);
  [[gnu::cold]] void take_samples_of_pack();
  [[nodiscard]] std::int64_t blocks_taken_in_run(std::int64_t steps) const;
  [[nodiscard]] std::int64_t waiting_before(SimTime time) const;
  [[nodiscard]] bool finished(SlotId slot) const;
  void retire(SimTime now, std::vector<spec::RequestRecord>& done);
  void retire_finished(SimTime now, std::vector<spec::RequestRecord>& done);
  void retire_from_pack(SimTime now, std::vector<spec::RequestRecord>& done);
  [[nodiscard]] spec::RequestRecord record_of(SlotId slot, SimTime now) const;
  void keep_answer(SlotId slot);
  void give_back(SlotId slot);

  void decide_behind(SimTime now);
  void let_in(SimTime until);
  void let_in_known(SimTime now);
  [[nodiscard]] bool computes_something() const;
  [[nodiscard]] std::int64_t ghosts() const { return pack_ghosts_.size() + ghosts_in_running_; }
  [[nodiscard]] bool is_foreseen(SlotId slot) const;
  [[nodiscard]] std::int64_t tokens_of_ghosts() const;
  [[nodiscard]] std::int64_t blocks_of_pack() const {  // what it needs before the next step
    return pack_.blocks_taken(0) + pack_ghosts_.blocks;
  }
  void become_ghost(SlotId slot);
  void keep_beside_pack(SlotId ghost);
  void release_pack_ghosts();
  void leave_running();
  void release_ghosts();
  void waste_step();
  void book_wasted_step(SimTime until);
  void book_prices();

  [[nodiscard]] bool begin_pack_alone(std::int64_t blocks);
  [[nodiscard]] bool has_candidate(std::int64_t blocks) const;
  [[nodiscard]] bool head_is_kept_out(std::int64_t blocks) const;
  [[nodiscard]] bool head_may_shrink(std::int64_t blocks) const;
  [[nodiscard]] std::int64_t steps_of_pack(std::int64_t tokens) const;
  void end_pack_alone(SimTime now, std::vector<spec::RequestRecord>& done);
  void fill_pack(SimTime now);
  void join_pack(SlotId slot);
  void settle(const DecodePack::Member& member, SimTime now);
  void dissolve_pack(SimTime now);

  ReplicaId id_;
  spec::EngineSpec engine_;
  std::int64_t max_model_len_;
  const cost::StepPricer* pricer_;  ///< of prices_
  sched::Limits limits_;
  sched::VllmPolicy policy_;
  spec::BatchPadding padding_;
  memory::KvManager kv_;
  std::vector<sched::RequestState> states_;  ///< by slot
  std::vector<Life> lives_;                  ///< by slot
  std::vector<SlotId> free_slots_;
  std::vector<SlotId> running_;  ///< behind the pack and its ghosts
  sched::WaitingQueue waiting_;
  std::int64_t queued_ = 0;  ///< in waiting_ and in inbox_
  std::int64_t arrivals_ = 0;
  sched::Decision decision_;
  /// When the head of the queue last lacked blocks: it still does unless one of these has changed.
  struct Blocked {
    std::optional<SlotId> head;
    std::uint64_t changes = 0;
    std::int64_t free_blocks = 0;
    std::int64_t kept_blocks = 0;
  } blocked_;
  std::vector<RequestId> preempted_;  ///< before the step in progress; slots may be taken again
  bool lags_;                         ///< asynchronous scheduling
  Ring<Incoming> inbox_;              ///< behind those in waiting_; without a slot
  SimTime known_until_;               ///< what the next decision knows
  PackGhosts pack_ghosts_;
  std::int64_t ghosts_in_running_ = 0;
  std::int64_t seats_given_ = 0;
  std::int64_t begun_ = 0;        ///< steps, of the plain stepper
  std::int64_t seats_taken_ = 0;  ///< by the decision for the last of them
  std::int64_t free_blocks_ = 0;  ///< left by it
  Stepper stepper_;
  bool free_blocks_only_fall_;    ///< while all decode
  model::BatchShape batch_;       ///< of the (first) step in progress
  bool wasted_ = false;           ///< the step in progress computes for ghosts only
  bool owed_ = false;             ///< a wasted step is not yet in the ledger
  std::int64_t owed_tokens_ = 0;  ///< that it computed
  cost::StepCost cost_;           ///< of the step in progress; the plain stepper's
  std::int64_t steps_valid_ = 1;
  DecodeRun run_;  ///< in progress; one step of the plain stepper
  SimTime ends_;
  BlockWalk walk_;
  bool may_pack_;
  bool pack_alone_ = false;    ///< nobody else takes part in the step in progress
  bool has_newcomer_ = false;  ///< whose whole prompt is all that is in it beside the pack
  SlotId newcomer_;            ///< then
  StepPrices::Steady* steady_ = nullptr;  ///< its price then
  std::int64_t steady_context_ = 0;       ///< in its first step
  DecodePack pack_;
  StepPrices prices_;
  memory::Holding pack_blocks_;  ///< taken by members since they joined
  std::vector<DecodePack::Member> leaving_;
  Ledger ledger_;
  bool has_preempted_ = false;  ///< for the pack, in this decision
  bool busy_ = false;
};

}  // namespace kvsim::engine
