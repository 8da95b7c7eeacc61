#include "sim/cluster/simulate.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/ring.hpp"
#include "sim/cluster/feasibility.hpp"
#include "sim/cluster/fleet.hpp"
#include "sim/cluster/follow_ups.hpp"
#include "sim/cluster/queue_trend.hpp"
#include "sim/cluster/router.hpp"
#include "sim/cluster/run_summary.hpp"
#include "sim/cluster/scorekeeper.hpp"
#include "sim/engine/agenda.hpp"
#include "sim/engine/replica.hpp"
#include "sim/workload/request_source.hpp"

namespace kvsim::cluster {
namespace {

using engine::Event;
using engine::EventClass;

constexpr std::int64_t kEventsBetweenQuestions = 4096;
constexpr std::size_t kRefusalsKept = 10;

bool is_open_ended(const spec::WorkloadSpec& workload) {
  const bool at_once =
      workload.arrivals && workload.arrivals->process == spec::ArrivalProcess::AllAtOnce;
  return !workload.closed_loop && !at_once;
}

// An engine sees an end coming when the client's limit is what ends the answer.
bool end_is_foreseen(const workload::Request& request, const spec::WorkloadSpec& workload) {
  const bool client_has_a_limit = workload.lengths && workload.lengths->max_tokens;
  return workload.stop == spec::StopRule::MaxTokens ||
         (client_has_a_limit && request.output_tokens == request.max_tokens);
}

engine::Incoming incoming_of(workload::Request&& request, const spec::WorkloadSpec& workload) {
  return {request.id,
          request.arrival,
          request.prompt_tokens,
          request.output_tokens,
          request.max_tokens,
          request.priority,
          end_is_foreseen(request, workload),
          std::move(request.content)};
}

class Simulation {
 public:
  Simulation(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards, Observer& observer,
             engine::Stepper stepper)
      : run_(run),
        observer_(observer),
        source_(workload::make_source(run.workload, run.seed)),
        shows_steps_(observer.wants_steps()),
        one_by_one_(shows_steps_ || stepper == engine::Stepper::Step),
        fleet_(run, cards, one_by_one_ ? engine::Stepper::Step : stepper),
        router_(run.cluster, run.seed, fleet_.routed()),
        scores_(run.slo),
        agenda_(run.cluster.replicas),
        ready_(fleet_.ready()),
        has_turns_(run.workload.conversation.has_value()) {}

  spec::RunResult run_to_end();

 private:
  bool draw_arrival(SimTime now);
  [[nodiscard]] bool draw_follow_up(const spec::RequestRecord& finished, SimTime now);
  void plan_arrival();
  void plan_first_arrivals();
  void handle(const Event& event);
  void arrive(SimTime now);
  [[gnu::cold]] void hold(engine::Incoming incoming);
  [[gnu::cold]] void deal_out_held();
  void route(engine::Incoming&& incoming, std::optional<ReplicaId> before, SimTime now);
  [[nodiscard]] bool begin_step(engine::Replica& replica, SimTime now);
  bool end_step(engine::Replica& replica, SimTime now);
  // Out of line: the loop over steps has too few registers as it is.
  [[gnu::noinline]] void take_answers(engine::Replica& replica, SimTime now);
  [[nodiscard]] bool may_go_on(engine::Replica& replica, SimTime now);
  void go_on(engine::Replica& replica, SimTime now);
  void count_event(SimTime now) {
    if (--until_question_ == 0) {
      until_question_ = kEventsBetweenQuestions;
      ask_observer(now);
    }
  }
  [[gnu::cold]] void ask_observer(SimTime now);
  void plan_schedule(ReplicaId replica);
  [[gnu::cold]] void refuse(const engine::Incoming& request, std::string reason, SimTime now);
  [[nodiscard]] spec::RunResult result();

  const spec::RunSpec& run_;
  Observer& observer_;
  std::unique_ptr<workload::RequestSource> source_;
  bool shows_steps_;
  bool one_by_one_;  ///< all events go through the agenda
  Fleet fleet_;
  RequestRouter router_;
  Scorekeeper scores_;
  QueueTrend trend_;
  engine::Agenda agenda_;
  Ring<engine::Incoming> arriving_;  ///< drawn, not yet arrived; in order of arrival
  FollowUps follow_ups_;             ///< the same of later turns
  SimTime ready_;                    ///< first replicas take requests from then on
  Ring<engine::Incoming> held_;      ///< arrived before
  std::vector<spec::RequestRecord> finished_;
  std::vector<spec::Refusal> refusals_;
  std::int64_t finished_count_ = 0;
  std::int64_t refused_count_ = 0;
  std::int64_t waiting_ = 0;  ///< of all replicas
  std::int64_t outstanding_ = 0;
  std::int64_t most_outstanding_ = 0;
  SimTime last_finish_;
  std::int64_t until_question_ = 1;  ///< events
  bool has_turns_;                   ///< requests may follow answers
  spec::ScheduledStep step_;         ///< shown last
};

// Open loop: at its own time. Closed loop: now, because somebody's answer has just come. False
// where there are no more.
bool Simulation::draw_arrival(SimTime now) {
  std::optional<workload::Request> request = source_->next();
  if (!request) {
    return false;
  }
  if (run_.workload.closed_loop) {
    request->arrival = now;
  }
  arriving_.push_back(incoming_of(*std::move(request), run_.workload));
  plan_arrival();
  return true;
}

// Whether the conversation goes on.
bool Simulation::draw_follow_up(const spec::RequestRecord& finished, SimTime now) {
  std::optional<workload::Request> request = source_->after(finished.id, now);
  if (request) {
    follow_ups_.add({incoming_of(*std::move(request), run_.workload), finished.replica});
    plan_arrival();
  }
  return request.has_value();
}

void Simulation::plan_arrival() {
  SimTime next = arriving_.empty() ? SimTime::never() : arriving_.front().arrival;
  if (has_turns_) {
    next = std::min(next, follow_ups_.next());
  }
  if (!held_.empty()) {
    next = std::min(next, ready_);
  }
  agenda_.plan_arrival(next);
}

void Simulation::plan_first_arrivals() {
  const std::int64_t clients =
      run_.workload.closed_loop ? run_.workload.closed_loop->max_concurrency : 1;
  for (std::int64_t i = 0; i < clients; ++i) {
    draw_arrival(SimTime());
  }
}

void Simulation::arrive(SimTime now) {
  if (!held_.empty() && now == ready_) {
    deal_out_held();
    return;
  }
  const bool follows = has_turns_ && follow_ups_.next() == now &&
                       (arriving_.empty() || arriving_.front().arrival != now);
  if (follows) {
    FollowUp turn = follow_ups_.take();
    plan_arrival();
    route(std::move(turn.request), turn.before, now);
    return;
  }
  engine::Incoming incoming = arriving_.pop_front();
  if (run_.workload.closed_loop || !draw_arrival(now)) {
    plan_arrival();
  }
  if (now < ready_) {
    hold(std::move(incoming));
  } else {
    route(std::move(incoming), std::nullopt, now);
  }
}

// No answer has come yet, so it begins something.
void Simulation::hold(engine::Incoming incoming) {
  trend_.at_arrival(held_.size());
  held_.push_back(std::move(incoming));
  plan_arrival();
}

// In the order in which they came, before whoever arrives at this instant.
void Simulation::deal_out_held() {
  Ring<engine::Incoming> held = std::exchange(held_, {});
  while (!held.empty()) {
    route(held.pop_front(), std::nullopt, ready_);
  }
  plan_arrival();
}

void Simulation::route(engine::Incoming&& incoming, std::optional<ReplicaId> before, SimTime now) {
  engine::Replica& replica =
      fleet_.replicas()[router_.choose(fleet_.replicas(), incoming, before, now)];
  if (replica.refuses(incoming)) {
    fleet_.add_refusal(replica, incoming);
    refuse(incoming, replica.refusal(incoming).value(), now);
    return;
  }
  if (incoming.arrival == now) {              // not held, and counted then
    const bool begins = !before.has_value();  // no later turn of a conversation
    trend_.at_arrival(waiting_, begins);
  }
  if (replica.submit(std::move(incoming))) {
    agenda_.plan_step_end(replica.id(), replica.end_of_step());
  }
  ++waiting_;
  router_.outstanding_changed(replica);
  most_outstanding_ = std::max(most_outstanding_, ++outstanding_);
  plan_schedule(replica.id());
}

void Simulation::refuse(const engine::Incoming& request, std::string reason, SimTime now) {
  ++refused_count_;
  observer_.on_refused(request.id);
  if (refusals_.size() < kRefusalsKept) {
    refusals_.push_back({request.id, std::move(reason)});
  }
  source_->refused(request.id);
  if (run_.workload.closed_loop) {
    draw_arrival(now);
  }
}

// Whoever became able to run is scheduled once everything else of this instant has happened.
void Simulation::plan_schedule(ReplicaId replica) {
  if (fleet_.replica(replica).can_begin()) {
    agenda_.plan_schedule(replica);
  }
}

// False where there was nothing left to compute.
bool Simulation::begin_step(engine::Replica& replica, SimTime now) {
  router_.before_change(replica, now);
  const std::int64_t waited = replica.waiting();
  const bool begins = replica.begin_step(now);
  waiting_ += replica.waiting() - waited;
  if (shows_steps_ && begins) {
    replica.describe_step(step_);
    observer_.on_step(step_);
  }
  return begins;
}

// Whether answers were complete: who got one may have planned something.
bool Simulation::end_step(engine::Replica& replica, SimTime now) {
  router_.before_change(replica, now);
  replica.end_step(now, finished_);
  if (finished_.empty()) {
    return false;
  }
  take_answers(replica, now);
  return true;
}

void Simulation::take_answers(engine::Replica& replica, SimTime now) {
  router_.outstanding_changed(replica);
  for (const spec::RequestRecord& record : finished_) {
    scores_.add(record);
    fleet_.add(record);
    observer_.on_finished(record);
    ++finished_count_;
    --outstanding_;
    last_finish_ = now;
    if (has_turns_ && draw_follow_up(record, now)) {
      continue;
    }
    if (run_.workload.closed_loop) {
      draw_arrival(now);
    }
  }
  finished_.clear();
}

// At once; if not, its turn comes at the end of this instant.
bool Simulation::may_go_on(engine::Replica& replica, SimTime now) {
  if (one_by_one_ || !agenda_.is_quiet_until(now)) {
    plan_schedule(replica.id());
    return false;
  }
  return true;
}

// Step after step of one replica, without the agenda for as long as nothing else happens.
// Requires: nothing else is planned for this instant.
void Simulation::go_on(engine::Replica& replica, SimTime now) {
  while (replica.can_begin()) {
    if (!begin_step(replica, now)) {
      return;
    }
    now = replica.end_of_step();
    if (one_by_one_ || !agenda_.is_quiet_until(now)) {
      agenda_.plan_step_end(replica.id(), now);
      return;
    }
    agenda_.pass(now);
    count_event(now);
    if (end_step(replica, now) && !may_go_on(replica, now)) {
      return;
    }
  }
}

void Simulation::handle(const Event& event) {
  switch (event.event_class) {
    case EventClass::StepEnd:
      end_step(fleet_.replica(event.replica), event.time);
      if (may_go_on(fleet_.replica(event.replica), event.time)) {
        go_on(fleet_.replica(event.replica), event.time);
      }
      break;
    case EventClass::Arrival:
      arrive(event.time);
      break;
    case EventClass::Schedule:
      go_on(fleet_.replica(event.replica), event.time);
      break;
  }
}

void Simulation::ask_observer(SimTime now) {
  if (!observer_.keep_going(finished_count_, now)) {
    throw Interrupted();
  }
}

spec::RunResult Simulation::run_to_end() {
  plan_first_arrivals();
  while (const std::optional<Event> event = agenda_.next()) {
    count_event(event->time);
    handle(*event);
  }
  KVSIM_CHECK(outstanding_ == 0, "the run ended although requests are outstanding");
  KVSIM_CHECK(waiting_ == 0, "requests were queued that nobody counted");
  return result();
}

spec::RunResult Simulation::result() {
  spec::RunResult result;
  result.spec = run_;
  scores_.fill(result.metrics, last_finish_ - SimTime());
  result.metrics.refused = refused_count_;
  result.metrics.skipped_lines = source_->skipped_lines();
  result.metrics.failed_requests = source_->failed_requests();
  result.metrics.max_concurrent_requests = most_outstanding_;
  fleet_.close(last_finish_, result);
  result.metrics.stability =
      trend_.classify(result.metrics.max_running_requests, is_open_ended(run_.workload));
  result.refusals = refusals_;
  result.notes = notes_of(result);
  fleet_.add_notes(result.notes);
  return result;
}

}  // namespace

spec::RunResult simulate(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
                         Observer& observer, engine::Stepper stepper) {
  require_feasible(run);
  return Simulation(run, cards, observer, stepper).run_to_end();
}

}  // namespace kvsim::cluster
