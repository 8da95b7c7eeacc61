// The replicas of a cluster, in pools of those that are alike (spec::by_pool).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/cluster/router.hpp"
#include "sim/cluster/scorekeeper.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/engine/replica.hpp"
#include "sim/engine/stepper.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cluster {

class Fleet {
 public:
  /// Throws DoesNotFit, ConfigError. `run` must outlive this.
  Fleet(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
        engine::Stepper stepper);

  [[nodiscard]] std::vector<engine::Replica>& replicas() { return replicas_; }
  [[nodiscard]] engine::Replica& replica(ReplicaId id) {
    return replicas_[static_cast<std::size_t>(id.value())];
  }
  /// When the first replicas take requests.
  [[nodiscard]] SimTime ready() const;
  /// What the router must know.
  [[nodiscard]] std::vector<RoutedReplica> routed() const;

  /// Books an answer for its pool.
  void add(const spec::RequestRecord& record) {
    if (pools_.size() > 1) {
      pools_[pool_of_[static_cast<std::size_t>(record.replica.value())]].scores.add(record);
    }
  }
  /// Books a refusal for the pool of `refuser`.
  void add_refusal(const engine::Replica& refuser, const engine::Incoming& request);

  /// Writes down what all replicas did until `end`, and each pool. Requires: the run is over;
  /// `result` has its spec and latencies.
  void close(SimTime end, spec::RunResult& result);
  void add_notes(std::vector<std::string>& notes) const;

 private:
  struct Pool {
    std::string name;
    spec::RunSpec run;  ///< as if it were alone
    spec::HbmBudget budget;
    std::shared_ptr<engine::PriceList> prices;
    Scorekeeper scores;
    engine::Ledger ledger;  ///< of the closed run; bytes are those of all GPUs
    std::int64_t refused = 0;
    std::size_t first = 0;  ///< of its replicas
  };
  [[nodiscard]] spec::PoolResult result_of(Pool& pool, Duration duration);

  const spec::RunSpec& run_;
  std::vector<Pool> pools_;
  std::vector<std::size_t> pool_of_;  ///< by replica
  std::vector<engine::Replica> replicas_;
  std::int64_t refused_by_pool_ = 0;  ///< requests that another pool would have taken
};

}  // namespace kvsim::cluster
