#include "sim/workload/in_order.hpp"

#include <utility>

namespace kvsim::workload {

std::optional<Request> InOrder::take() {
  if (follow_ups_.empty() || (begins_ && begins_->arrival <= follow_ups_.top().arrival)) {
    std::optional<Request> request = std::exchange(begins_, std::nullopt);
    begins_ = request ? source_.next() : std::nullopt;
    return request;
  }
  const Request request = follow_ups_.top();
  follow_ups_.pop();
  return request;
}

std::optional<Request> InOrder::next() {
  std::optional<Request> request = take();
  if (request) {
    if (auto follow_up = source_.after(request->id, request->arrival)) {
      follow_ups_.push(*std::move(follow_up));
    }
  }
  return request;
}

}  // namespace kvsim::workload
