#include "sim/workload/trace_source.hpp"

#include <fmt/format.h>

#include <utility>

namespace kvsim::workload {

TraceSource::TraceSource(const spec::WorkloadSpec& workload, std::uint64_t seed)
    : reader_(open_trace(workload)),
      first_row_(reader_->next()),
      num_requests_(workload.num_requests) {
  if (!first_row_) {
    refuse_no_requests();
  }
  if (workload.arrivals) {
    arrivals_.emplace(*workload.arrivals, seed);
  }
}

void TraceSource::refuse_no_requests() const {
  const std::int64_t skipped = reader_->skipped_lines();
  const std::int64_t failed = reader_->failed_requests();
  std::vector<std::string> notes;
  if (skipped > 0) {
    notes.push_back(
        fmt::format("all of its {} lines were skipped as malformed; set "
                    "workload.skip_bad_lines: false to see why",
                    skipped));
  }
  if (failed > 0) {
    notes.push_back(fmt::format("{} of its requests failed (0 output tokens)", failed));
  }
  if (notes.empty()) {
    notes.emplace_back("there must be a line for each request");
  }
  reader_->file().fail("the trace holds no requests", std::move(notes));
}

std::optional<Request> TraceSource::next() {
  if (num_requests_ && count_ == *num_requests_) {
    return std::nullopt;
  }
  const auto row = first_row_ ? std::exchange(first_row_, std::nullopt) : reader_->next();
  if (!row) {
    return std::nullopt;
  }
  const std::optional<SimTime> arrival = arrivals_ ? arrivals_->next() : row->arrival;
  if (!arrival) {
    return std::nullopt;
  }
  return Request{.id = RequestId(count_++),
                 .arrival = *arrival,
                 .prompt_tokens = row->prompt_tokens,
                 .output_tokens = row->output_tokens,
                 .max_tokens = row->output_tokens,
                 .priority = row->priority,
                 .hash_ids = row->hash_ids};
}

}  // namespace kvsim::workload
