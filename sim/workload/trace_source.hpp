// Requests of a trace: its own arrivals, or its lengths with generated ones.
//
// The trace is streamed. Only with workload.repeat above 1 its rows are kept, as numbers, since
// reading them again would take most of the time (12 031 rows of Mooncake: 4 MB). Each pass comes
//
//   period = (last arrival - first arrival) · n / (n - 1)
//
// after the one before it, so that the gap between two passes is the mean gap of the n rows, and
// its block ids are others: other conversations of the same shape.
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
  [[nodiscard]] const TraceRow* next_row();
  [[nodiscard]] const TraceRow* read_row();
  [[nodiscard]] const TraceRow* kept_row();

  std::unique_ptr<TraceReader> reader_;
  std::optional<ArrivalTimes> arrivals_;  ///< in place of those of the trace
  std::optional<TraceRow> first_row_;     ///< read ahead by the constructor
  std::optional<std::int64_t> num_requests_;
  std::int64_t hash_block_size_;
  std::int64_t repeat_;
  std::int64_t count_ = 0;
  std::optional<TraceRow> row_;  ///< read last
  // Of a trace that is repeated:
  std::vector<TraceRow> kept_;
  std::int64_t pass_ = 0;  ///< times that all of it was taken
  std::size_t place_ = 0;  ///< in kept_, from the second pass on
  Duration period_;        ///< from one pass to the next
};

}  // namespace kvsim::workload
