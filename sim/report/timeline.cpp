#include "sim/report/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::report {
namespace {

constexpr std::int64_t kCounters = 5;  // events of one point, at most
constexpr std::int64_t kFewestPoints = 2;

// One is left for the end of the run.
std::int64_t points_per_replica(std::int64_t events, std::int64_t replicas) {
  return std::max(events / (kCounters * replicas) - 1, kFewestPoints);
}

std::size_t index(ReplicaId replica) { return static_cast<std::size_t>(replica.value()); }

// Those of the window.
std::int64_t preemptions_of(const TimelineRequest& request, const TimelineWindow& window) {
  return std::count_if(request.visits.begin(), request.visits.end(), [&](const Visit& visit) {
    return visit.preempted && window.holds(visit.end);
  });
}

// A visit has two spans at most, and an instant if it was not the last.
std::int64_t events_of(const TimelineRequest& request, const TimelineWindow& window) {
  std::int64_t events = preemptions_of(request, window);
  for (const Visit& visit : request.visits) {
    events += window.meets(visit.begin, std::min(visit.token, visit.end)) ? 1 : 0;
    events += window.meets(visit.token, visit.end) ? 1 : 0;
  }
  return events;
}

}  // namespace

RunTimeline::RunTimeline(const spec::RunSpec& run, std::int64_t first_pid,
                         const TimelineLimits& limits)
    : run_id_(run.id),
      first_pid_(first_pid),
      window_(limits.window),
      most_request_events_(limits.most_events / 2),
      seats_(static_cast<std::size_t>(run.cluster.replicas)),
      counters_(
          static_cast<std::size_t>(run.cluster.replicas),
          TimelineCounters(limits.window, static_cast<std::size_t>(points_per_replica(
                                              limits.most_events / 2, run.cluster.replicas)))) {}

void RunTimeline::take(const spec::ScheduledStep& step) {
  counters_[index(step.replica)].take(step);
  if (step.begin < window_.end) {
    seats_[index(step.replica)].take(step);
  }
}

void RunTimeline::finish(const spec::RequestRecord& record) {
  TimelineRequest request{
      record, seats_[index(record.replica)].leave(record.id, record.arrival + record.e2el)};
  const std::int64_t events = events_of(request, window_);
  if (events == 0) {
    return;
  }
  ++requests_seen_;
  preemptions_seen_ += preemptions_of(request, window_);
  if (record.id.value() % every_ == 0) {
    events_ += events;
    requests_.push_back(std::move(request));
    thin_out();
  }
}

void RunTimeline::thin_out() {
  while (events_ > most_request_events_ && requests_.size() > 1) {
    every_ *= 2;
    std::erase_if(requests_, [&](const TimelineRequest& request) {
      if (request.record.id.value() % every_ == 0) {
        return false;
      }
      events_ -= events_of(request, window_);
      return true;
    });
  }
}

void RunTimeline::close(const spec::RunResult& result) {
  duration_ = result.metrics.duration;
  note_kinds(result);
  for (TimelineCounters& each : counters_) {
    each.close(SimTime(duration_));
  }
}

void RunTimeline::note_kinds(const spec::RunResult& result) {
  kinds_.clear();
  for (const spec::PoolResult& pool : result.pools) {
    kinds_.push_back({pool.name, pool.spec, pool.memory.usable_blocks, {}});
  }
  if (kinds_.empty()) {
    kinds_.push_back({"", result.spec, result.memory.usable_blocks, {}});
  }
  std::int64_t pid = first_pid_;
  for (const std::size_t kind : spec::pools_of_replicas(spec::by_pool(result.spec))) {
    kinds_[kind].pids.push_back(pid++);
  }
}

std::int64_t RunTimeline::every_point() const {
  std::int64_t most = 1;
  for (const TimelineCounters& each : counters_) {
    most = std::max(most, each.every());
  }
  return most;
}

std::vector<RunTimeline> make_timelines(const spec::StudySpec& study,
                                        const TimelineLimits& limits) {
  TimelineLimits share = limits;
  share.most_events /= static_cast<std::int64_t>(study.runs.size());
  std::vector<RunTimeline> timelines;
  std::int64_t pid = 1;
  for (const spec::RunSpec& run : study.runs) {
    timelines.emplace_back(run, pid, share);
    pid += run.cluster.replicas;
  }
  return timelines;
}

std::string left_out(const std::vector<RunTimeline>& runs) {
  const auto is_empty = [](const RunTimeline& run) {
    return run.window().begin >= SimTime(run.duration());
  };
  if (std::all_of(runs.begin(), runs.end(), is_empty)) {
    return "nothing happens in the window: every run is over before";
  }
  std::int64_t thinned = 0, every = 1, every_point = 1;
  for (const RunTimeline& run : runs) {
    thinned += run.every() > 1 || run.every_point() > 1 ? 1 : 0;
    every = std::max(every, run.every());
    every_point = std::max(every_point, run.every_point());
  }
  if (thinned == 0) {
    return "";
  }
  return fmt::format(
      "{} of {} runs thinned out, at most to one request in {} and one counter point in {}; "
      "--timeline-window FROM:TO shows a part as a whole",
      thinned, runs.size(), every, every_point);
}

}  // namespace kvsim::report
