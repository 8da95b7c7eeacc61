// Requests of a trace: its own arrivals, or its lengths with generated ones.
#pragma once

#include "sim/workload/arrivals.hpp"
#include "sim/workload/request_source.hpp"
#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {

class TraceSource final : public RequestSource {
 public:
  /// Requires: workload has a trace. Throws ConfigError: unreadable, or no request in it.
  TraceSource(const spec::WorkloadSpec& workload, std::uint64_t seed);

  [[nodiscard]] std::optional<Request> next() override;
  [[nodiscard]] std::int64_t skipped_lines() const override { return reader_->skipped_lines(); }
  [[nodiscard]] std::int64_t failed_requests() const override { return reader_->failed_requests(); }

 private:
  void refuse_no_requests() const;

  std::unique_ptr<TraceReader> reader_;
  std::optional<ArrivalTimes> arrivals_;  ///< in place of those of the trace
  std::optional<TraceRow> first_row_;     ///< read ahead by the constructor
  std::optional<std::int64_t> num_requests_;
  std::int64_t count_ = 0;
};

}  // namespace kvsim::workload
