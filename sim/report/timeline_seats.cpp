#include "sim/report/timeline_seats.hpp"

#include <algorithm>

namespace kvsim::report {
namespace {

bool sits(const std::vector<Visit>& visits) {
  return !visits.empty() && visits.back().end == SimTime::never();
}

bool has_a_token(const std::vector<Visit>& visits) {
  return std::any_of(visits.begin(), visits.end(),
                     [](const Visit& each) { return each.token != SimTime::never(); });
}

}  // namespace

std::int64_t TimelineSeats::lowest_free_slot() {
  if (free_slots_.empty()) {
    return slots_++;
  }
  const std::int64_t slot = free_slots_.top();
  free_slots_.pop();
  return slot;
}

// Whoever was preempted may be scheduled again at once, so those come first.
void TimelineSeats::take(const spec::ScheduledStep& step) {
  for (const RequestId id : step.preempted) {
    preempt(id, step.begin);
  }
  for (const spec::ScheduledRequest& each : step.scheduled) {
    if (each.is_ghost) {
      continue;
    }
    std::vector<Visit>& visits = visits_[each.id.value()];
    if (!sits(visits)) {
      const bool first_ever = !has_a_token(visits);
      visits.push_back({.slot = lowest_free_slot(), .begin = step.begin, .first_ever = first_ever});
    }
    if (each.yields_token && visits.back().token == SimTime::never()) {
      visits.back().token = step.begin + step.duration;
    }
  }
}

// A ghost that has to go has finished before: nobody sits there any more.
void TimelineSeats::preempt(RequestId id, SimTime now) {
  const auto at = visits_.find(id.value());
  if (at == visits_.end() || !sits(at->second)) {
    return;
  }
  Visit& visit = at->second.back();
  visit.end = now;
  visit.preempted = true;
  free_slots_.push(visit.slot);
}

std::vector<Visit> TimelineSeats::leave(RequestId id, SimTime now) {
  auto node = visits_.extract(id.value());
  if (node.empty()) {
    return {};
  }
  std::vector<Visit> visits = std::move(node.mapped());
  if (sits(visits)) {
    visits.back().end = now;
    free_slots_.push(visits.back().slot);
  }
  return visits;
}

}  // namespace kvsim::report
