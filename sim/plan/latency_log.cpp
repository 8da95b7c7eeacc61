#include "sim/plan/latency_log.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::plan {

LoggedRequest logged(const spec::RequestRecord& record) {
  return {record.arrival,
          record.id,
          to_milliseconds(record.ttft),
          to_milliseconds(record.tpot),
          to_milliseconds(record.e2el),
          record.output_tokens > 1};
}

void put_in_order(std::vector<LoggedRequest>& requests) {
  std::sort(requests.begin(), requests.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.arrival, a.id) < std::tuple(b.arrival, b.id);
  });
}

LatencyLog::LatencyLog(std::size_t most, std::function<bool()> keep_going)
    : most_(most), keep_going_(std::move(keep_going)) {}

void LatencyLog::on_finished(const spec::RequestRecord& record) {
  if (requests_.size() < most_) {
    requests_.push_back(logged(record));
  }
}

bool LatencyLog::keep_going(std::int64_t /*finished*/, SimTime /*now*/) {
  return !keep_going_ || keep_going_();
}

std::vector<LoggedRequest> LatencyLog::take() {
  put_in_order(requests_);
  return std::exchange(requests_, {});
}

ThinnedLog::ThinnedLog(std::size_t most) : most_(most) {
  KVSIM_CHECK(most > 0, "the first request always stays");
}

void ThinnedLog::keep(const spec::RequestRecord& record) {
  requests_.reserve(most_ + 1);  // at once: memory that is not written costs nothing
  requests_.push_back(logged(record));
  while (requests_.size() > most_) {
    ++halvings_;
    most_hash_ /= 2;
    std::erase_if(requests_, [this](const LoggedRequest& each) { return !stays(each.id); });
  }
}

std::vector<LoggedRequest> ThinnedLog::take() {
  put_in_order(requests_);
  return std::exchange(requests_, {});
}

}  // namespace kvsim::plan
