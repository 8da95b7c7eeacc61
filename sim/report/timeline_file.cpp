// timeline.hpp: write_timeline().
#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <utility>

#include "kvsim_version.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/timeline.hpp"
#include "sim/report/timeline_events.hpp"
#include "sim/report/trace_file.hpp"

namespace kvsim::report {
namespace {

TrackId track_of(const RunTimeline& run, ReplicaId replica, std::int64_t slot) {
  return {run.first_pid() + replica.value(), slot + 1};
}

// Prefill, or after a preemption its repetition; then one token a step.
void write_visit(TraceFile& file, const RunTimeline& run, const TimelineRequest& request,
                 const Visit& visit) {
  const TrackId track = track_of(run, request.record.replica, visit.slot);
  const auto span = [&](std::string_view name, SimTime begin, SimTime end) {
    if (run.window().meets(begin, end)) {
      file.event(request_span(name, track, begin, end, run.window(), request.record));
    }
  };
  span(visit.first_ever ? "prefill" : "recompute", visit.begin, std::min(visit.token, visit.end));
  span("decode", visit.token, visit.end);
  if (visit.preempted && run.window().holds(visit.end)) {
    file.event(request_instant("preempted", track, visit.end, request.record.id));
  }
}

void name_tracks(TraceFile& file, const RunTimeline& run) {
  std::set<std::pair<std::int64_t, std::int64_t>> tracks;
  for (const TimelineRequest& request : run.requests()) {
    for (const Visit& visit : request.visits) {
      if (run.window().meets(visit.begin, visit.end)) {
        const TrackId track = track_of(run, request.record.replica, visit.slot);
        tracks.emplace(track.pid, track.tid);
      }
    }
  }
  for (std::size_t replica = 0; replica < run.counters().size(); ++replica) {
    const std::int64_t pid = run.first_pid() + static_cast<std::int64_t>(replica);
    file.event(process_name(pid, fmt::format("{}, replica {}", run.run_id(), replica)));
    file.event(process_sort_index(pid));
  }
  for (const auto& [pid, tid] : tracks) {
    file.event(thread_name({pid, tid}, fmt::format("slot {}", tid)));
    file.event(thread_sort_index({pid, tid}));
  }
}

// A counter keeps its value until the next event, so one that stands still is not repeated.
class CounterWriter {
 public:
  CounterWriter(TraceFile& file, std::int64_t pid, const TimelineWindow& window)
      : file_(file), pid_(pid), window_(window) {}

  void point(const CounterPoint& point, const CounterPoint& next) {
    at_ = std::max(point.at, window_.begin);
    if (next.at <= at_) {
      return;
    }
    state(point.running, point.waiting, point.used_blocks);
    rates(mean_of(next.tokens - point.tokens, next.steps - point.steps, 1),
          mean_of(next.hbm_bytes - point.hbm_bytes, (next.at - point.at).attoseconds(),
                  kAttosecondsPerSecond / 1'000'000'000));
  }
  void end(SimTime at) {
    at_ = at;
    state(0, 0, 0);
    rates("0", "0");
  }

 private:
  struct Counter {
    std::string_view name, unit;
    std::string last;
  };

  // sum · scale / count, with three decimals.
  static std::string mean_of(Int128 sum, Int128 count, Int128 scale) {
    return count == 0 ? "0" : trimmed_decimal(round_div(sum * scale * 1000, count), 3);
  }
  void state(std::int64_t running, std::int64_t waiting, std::int64_t used_blocks) {
    set(counters_[0], fmt::to_string(running));
    set(counters_[1], fmt::to_string(waiting));
    set(counters_[2], fmt::to_string(used_blocks));
  }
  void rates(const std::string& tokens, const std::string& bandwidth) {
    set(counters_[3], tokens);
    set(counters_[4], bandwidth);
  }
  void set(Counter& each, const std::string& value) {
    if (each.last != value) {
      file_.event(counter(each.name, pid_, at_, each.unit, value));
      each.last = value;
    }
  }

  TraceFile& file_;
  std::int64_t pid_;
  TimelineWindow window_;
  SimTime at_;
  std::array<Counter, 5> counters_ = {{{"num_requests_running", "requests", ""},
                                       {"num_requests_waiting", "requests", ""},
                                       {"kv_blocks_used", "blocks", ""},
                                       {"tokens_per_step", "tokens", ""},
                                       {"hbm_read_bandwidth", "GB/s per GPU", ""}}};
};

void write_counters(TraceFile& file, const RunTimeline& run, std::size_t replica) {
  const TimelineCounters& counters = run.counters()[replica];
  const std::vector<CounterPoint>& points = counters.points();
  CounterWriter writer(file, run.first_pid() + static_cast<std::int64_t>(replica), run.window());
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    writer.point(points[i], points[i + 1]);
  }
  if (counters.sees_the_end()) {
    writer.end(points.back().at);
  }
}

Json shown_of(std::int64_t seen, std::size_t shown, std::int64_t every) {
  return {{"in_window", seen}, {"shown", shown}, {"one_in", every}};
}

// The double nearest to nine decimals: what was written as 60 ms is 0.06.
Json seconds_json(Duration duration) { return json_number(std::stod(format_seconds(duration, 9))); }

Json kind_json(const TimelineKind& kind) {
  const spec::GpuSpec& gpu = kind.run.cluster.gpu;
  return {{"gpu", gpu.name},
          {"gpus_per_replica", kind.run.engine.tensor_parallel_size},
          {"peak_hbm_gb_per_s", json_number(gpu.hbm.bandwidth.value() / 1e9)},
          {"usable_kv_blocks", kind.usable_blocks}};
}

Json kinds_json(const RunTimeline& run) {
  if (run.kinds().size() == 1) {
    return kind_json(run.kinds().front());
  }
  Json pools = Json::array();
  for (const TimelineKind& kind : run.kinds()) {
    Json pool = {{"pool", kind.pool}, {"pids", kind.pids}};
    pool.update(kind_json(kind));
    pools.push_back(std::move(pool));
  }
  return {{"pools", std::move(pools)}};
}

Json run_json(const RunTimeline& run) {
  Json pids = Json::array();
  Json points = Json::array();
  for (std::size_t i = 0; i < run.counters().size(); ++i) {
    const TimelineCounters& each = run.counters()[i];
    pids.push_back(run.first_pid() + static_cast<std::int64_t>(i));
    points.push_back(shown_of(each.seen(), each.points().size() - 1, each.every()));
  }
  Json json = {{"run", run.run_id()}, {"pids", pids}, {"duration_s", seconds_json(run.duration())}};
  json.update(kinds_json(run));
  json.update({{"requests", shown_of(run.requests_seen(), run.requests().size(), run.every())},
               {"preemptions_in_window", run.preemptions_seen()},
               {"counter_points", points}});
  return json;
}

Json metadata_json(std::string_view study, const TimelineLimits& limits,
                   const std::vector<RunTimeline>& runs) {
  const bool open = limits.window.end == SimTime::never();
  const auto seconds = [](SimTime at) { return seconds_json(at.since_start()); };
  Json json = {
      {"kvsim_version", KVSIM_VERSION},
      {"study", study},
      {"ts", "microseconds of simulated time; every run begins at 0"},
      {"window_s", {seconds(limits.window.begin), open ? Json() : seconds(limits.window.end)}},
      {"most_events", limits.most_events}};
  for (const RunTimeline& run : runs) {
    json["runs"].push_back(run_json(run));
  }
  return json;
}

}  // namespace

void write_timeline(const std::filesystem::path& path, std::string_view study,
                    const TimelineLimits& limits, const std::vector<RunTimeline>& runs) {
  TraceFile file(path);
  for (const RunTimeline& run : runs) {
    name_tracks(file, run);
    for (const TimelineRequest& request : run.requests()) {
      for (const Visit& visit : request.visits) {
        write_visit(file, run, request, visit);
      }
    }
    for (std::size_t replica = 0; replica < run.counters().size(); ++replica) {
      write_counters(file, run, replica);
    }
  }
  file.close(
      metadata_json(study, limits, runs).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace kvsim::report
