// What each request had to wait for, in order of arrival.
//
// Finishes come in another order; a longer answer finishes later. Order of arrival is what a
// warm-up and batches are cut by, because it does not depend on what is measured.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "sim/cluster/simulate.hpp"

namespace kvsim::plan {

struct LoggedRequest {
  SimTime arrival;
  RequestId id;
  double ttft_ms = 0;
  double tpot_ms = 0;
  double e2el_ms = 0;
  bool has_tpot = false;  ///< more than one output token
};

/// About 64 B a request, for `most` of them: requests that finish later are only simulated.
class LatencyLog final : public cluster::Observer {
 public:
  /// `keep_going`: none means always.
  explicit LatencyLog(std::size_t most, std::function<bool()> keep_going = {});

  void on_finished(const spec::RequestRecord& record) override;
  bool keep_going(std::int64_t finished, SimTime now) override;

  /// Ordered by arrival, then by id. Leaves the log empty.
  [[nodiscard]] std::vector<LoggedRequest> take();

 private:
  std::size_t most_;
  std::function<bool()> keep_going_;
  std::vector<LoggedRequest> requests_;
};

}  // namespace kvsim::plan
