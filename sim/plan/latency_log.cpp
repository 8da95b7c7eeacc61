#include "sim/plan/latency_log.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kvsim::plan {

LatencyLog::LatencyLog(std::size_t most, std::function<bool()> keep_going)
    : most_(most), keep_going_(std::move(keep_going)) {}

void LatencyLog::on_finished(const spec::RequestRecord& record) {
  if (requests_.size() < most_) {
    requests_.push_back({record.arrival, record.id, to_milliseconds(record.ttft),
                         to_milliseconds(record.tpot), to_milliseconds(record.e2el),
                         record.output_tokens > 1});
  }
}

bool LatencyLog::keep_going(std::int64_t /*finished*/, SimTime /*now*/) {
  return !keep_going_ || keep_going_();
}

std::vector<LoggedRequest> LatencyLog::take() {
  std::sort(requests_.begin(), requests_.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.arrival, a.id) < std::tuple(b.arrival, b.id);
  });
  return std::exchange(requests_, {});
}

}  // namespace kvsim::plan
