// Gathers finished requests into the metrics of a run.
#pragma once

#include "sim/base/duration_sample.hpp"
#include "sim/engine/ledger.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cluster {

/// Memory does not grow with the number of requests beyond a million.
class Scorekeeper {
 public:
  explicit Scorekeeper(const spec::SloSpec& slo)
      : slo_(slo), has_limits_(slo.ttft || slo.tpot || slo.e2el) {}

  void add(const spec::RequestRecord& record);
  /// Latencies, counts and throughputs over `duration`.
  void fill(spec::RunMetrics& metrics, Duration duration);

 private:
  [[nodiscard]] bool within_limits(const spec::RequestRecord& record) const;

  spec::SloSpec slo_;
  bool has_limits_;
  DurationSample ttft_, tpot_, e2el_, queue_;
  std::int64_t good_ = 0;
  std::int64_t input_tokens_ = 0;
  std::int64_t output_tokens_ = 0;
};

/// Copies what the replicas did: time shares, bytes, KV usage, ITL. Requires: the ledger's bytes
/// are those of all GPUs.
void fill_from_ledger(spec::RunMetrics& metrics, const engine::Ledger& ledger, Duration duration,
                      std::int64_t replicas);

}  // namespace kvsim::cluster
