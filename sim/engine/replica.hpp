// One engine with its GPUs: a queue, a batch, a KV pool, and the time they take.
//
// This is the plain stepper: one step at a time, O(batch) each, no shortcut. It stays in the tree
// as the oracle of every faster one. Steps are serial: the next begins when the last has ended.
//
//   submit ─▶ waiting ─▶ begin_step (schedule, price) ─▶ end_step (tokens, finishes) ─▶ records
//
// Not modelled: the time a client and the network add; detokenisation; speculative decoding.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cost/step_pricer.hpp"
#include "sim/engine/ledger.hpp"
#include "sim/memory/kv_manager.hpp"
#include "sim/sched/policy.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::engine {

/// A request as it reaches a replica. Requires: all counts positive, output <= max_tokens.
struct Incoming {
  RequestId id;
  SimTime arrival;
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;  ///< after which the model stops by itself
  std::int64_t max_tokens = 0;     ///< limit that the client sent
};

class Replica {
 public:
  /// `pricer` is shared by replicas alike. Requires: engine is resolved, budget holds a sequence.
  Replica(ReplicaId id, const spec::EngineSpec& engine, const spec::HbmBudget& budget,
          memory::PagePlan plan, std::shared_ptr<const cost::StepPricer> pricer);

  /// Why this request can never be served here, or nothing.
  [[nodiscard]] std::optional<std::string> refusal(const Incoming& request) const;
  /// Requires: refusal(request) is empty.
  void submit(const Incoming& request);

  /// Idle, and somebody waits or runs.
  [[nodiscard]] bool can_begin() const { return !busy_ && outstanding() > 0; }
  /// Schedules and prices a step that begins at `now`; answers when it ends.
  [[nodiscard]] SimTime begin_step(SimTime now);
  /// Hands out the tokens of the step that ends at `now`; appends those that finished.
  void end_step(SimTime now, std::vector<spec::RequestRecord>& finished);

  [[nodiscard]] ReplicaId id() const { return id_; }
  [[nodiscard]] std::int64_t outstanding() const {
    return static_cast<std::int64_t>(waiting_.size() + running_.size());
  }
  [[nodiscard]] std::int64_t waiting() const { return static_cast<std::int64_t>(waiting_.size()); }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  /// Extends the usage statistics to the end of the run.
  void close(SimTime end) { ledger_.usage.set(end, kv_.used_blocks()); }

 private:
  /// What the scheduler need not know.
  struct Life {
    Incoming request;
    std::int64_t output_tokens = 0;  ///< so far
    std::int64_t preemptions = 0;
    std::optional<SimTime> first_scheduled;
    SimTime first_token;
    SimTime last_token;
  };

  [[nodiscard]] SlotId take_slot();
  void preempt(SlotId slot);
  void schedule(const sched::Scheduled& scheduled, SimTime now, model::BatchShape& batch);
  [[nodiscard]] model::BatchShape apply_decision(SimTime now);
  void receive_token(SlotId slot, SimTime now);
  [[nodiscard]] bool finished(SlotId slot) const;
  [[nodiscard]] spec::RequestRecord retire(SlotId slot, SimTime now);

  ReplicaId id_;
  spec::EngineSpec engine_;
  std::int64_t max_model_len_;
  std::shared_ptr<const cost::StepPricer> pricer_;
  std::unique_ptr<sched::Policy> policy_;
  memory::KvManager kv_;
  std::vector<sched::RequestState> states_;  ///< by slot
  std::vector<Life> lives_;                  ///< by slot
  std::vector<SlotId> free_slots_;
  std::vector<SlotId> running_;
  std::deque<SlotId> waiting_;
  sched::Decision decision_;
  Ledger ledger_;
  bool busy_ = false;
};

}  // namespace kvsim::engine
