// What each request had to wait for, in order of arrival.
//
// Finishes come in another order; a longer answer finishes later. Order of arrival is what a
// warm-up and batches are cut by, because it does not depend on what is measured.
#pragma once

#include <cstddef>
#include <cstdint>
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

[[nodiscard]] LoggedRequest logged(const spec::RequestRecord& record);
/// By arrival, then by id.
void put_in_order(std::vector<LoggedRequest>& requests);

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

/// Of runs of any length, for whom a few are enough. Those that stay are drawn by their id: which
/// they are does not depend on the order of finishing, nor do they share a replica as every eighth
/// request of a round robin would.
class ThinnedLog {
 public:
  /// Keeps at most so many, and about half of that from a run that has them. Requires: most > 0
  /// (checked).
  explicit ThinnedLog(std::size_t most);

  void add(const spec::RequestRecord& record) {
    if (stays(record.id)) {
      keep(record);
    }
  }
  /// Of how many requests about one was kept.
  [[nodiscard]] std::int64_t one_in() const { return std::int64_t{1} << halvings_; }
  /// In order. Leaves the log empty.
  [[nodiscard]] std::vector<LoggedRequest> take();

 private:
  // The first bits of the id times 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4).
  [[nodiscard]] bool stays(RequestId id) const {
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
    return static_cast<std::uint64_t>(id.value()) * kGolden <= most_hash_;
  }
  void keep(const spec::RequestRecord& record);

  std::size_t most_;
  int halvings_ = 0;
  std::uint64_t most_hash_ = ~std::uint64_t{0};
  std::vector<LoggedRequest> requests_;
};

}  // namespace kvsim::plan
