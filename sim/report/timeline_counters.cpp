#include "sim/report/timeline_counters.hpp"

namespace kvsim::report {
namespace {

// Every second one goes, the first stays.
void drop_half(std::vector<CounterPoint>& points) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.size(); i += 2) {
    points[kept++] = points[i];
  }
  points.resize(kept);
}

}  // namespace

TimelineCounters::TimelineCounters(const TimelineWindow& window, std::size_t most_points)
    : window_(window), most_points_(most_points) {}

CounterPoint TimelineCounters::idle_at(SimTime at) const {
  CounterPoint point = sums_;
  point.at = at;
  return point;
}

void TimelineCounters::take(const spec::ScheduledStep& step) {
  if (full_) {
    return;
  }
  end_step(step.begin);
  CounterPoint point = idle_at(step.begin);
  point.running = step.running;
  point.waiting = step.waiting;
  point.used_blocks = step.used_blocks;
  if (step.begin >= window_.end) {
    add_last(point);
    return;
  }
  add(point);
  open_ = Open{step.begin + step.duration, step.hbm_bytes_read, 0};
  for (const spec::ScheduledRequest& each : step.scheduled) {
    open_->tokens += each.tokens;
  }
}

// If `next` is not at once, nothing runs until then.
void TimelineCounters::end_step(SimTime next) {
  if (!open_) {
    return;
  }
  sums_.hbm_bytes += open_->hbm_bytes;
  sums_.tokens += open_->tokens;
  ++sums_.steps;
  const SimTime end = open_->end;
  open_.reset();
  if (end < next && end < window_.end) {
    add(idle_at(end));
  }
}

// Of the points up to the begin of the window the last one counts.
void TimelineCounters::add(const CounterPoint& point) {
  if (point.at <= window_.begin) {
    points_.clear();
    seen_ = 0;
  }
  if (seen_++ % every_ != 0) {
    return;
  }
  points_.push_back(point);
  if (points_.size() > most_points_) {
    drop_half(points_);
    every_ *= 2;
  }
}

void TimelineCounters::add_last(const CounterPoint& point) {
  points_.push_back(point);
  full_ = true;
}

// A step that ends behind `end` computes for requests that have finished: it counts nowhere.
void TimelineCounters::close(SimTime end) {
  if (full_) {
    return;
  }
  if (open_ && open_->end > end) {
    open_.reset();
  }
  end_step(end);
  add_last(idle_at(end));
  sees_the_end_ = window_.begin <= end && end <= window_.end;
}

}  // namespace kvsim::report
