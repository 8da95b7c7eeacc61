// Requests of all turns in order of arrival, as if every answer came at once: what can be known of
// conversations without a server.
#pragma once

#include <queue>
#include <vector>

#include "sim/workload/request_source.hpp"

namespace kvsim::workload {

class InOrder {
 public:
  /// `source` must outlive it.
  explicit InOrder(RequestSource& source) : source_(source), begins_(source.next()) {}

  [[nodiscard]] std::optional<Request> next();

 private:
  struct Later {
    bool operator()(const Request& a, const Request& b) const {
      return a.arrival != b.arrival ? a.arrival > b.arrival : a.id > b.id;
    }
  };
  [[nodiscard]] std::optional<Request> take();

  RequestSource& source_;
  std::optional<Request> begins_;
  std::priority_queue<Request, std::vector<Request>, Later> follow_ups_;
};

}  // namespace kvsim::workload
