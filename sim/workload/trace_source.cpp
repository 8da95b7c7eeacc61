#include "sim/workload/trace_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/workload/trace_content.hpp"
#include "sim/workload/trace_rate.hpp"

namespace kvsim::workload {
namespace {

// One row has no gap: its passes come at one instant.
Duration period_of(const std::vector<TraceRow>& rows) {
  if (rows.size() < 2) {
    return {};
  }
  const Int128 span = (rows.back().arrival - rows.front().arrival).attoseconds();
  const auto count = static_cast<Int128>(rows.size());
  return Duration(round_div(span * count, count - 1));
}

}  // namespace

TraceSource::TraceSource(const spec::WorkloadSpec& workload, std::uint64_t seed)
    : reader_(open_trace(with_own_speedup(workload))),
      first_row_(reader_->next()),
      num_requests_(workload.num_requests),
      hash_block_size_(workload.hash_block_size.value_or(spec::kMooncakeBlock)),
      repeat_(workload.repeat) {
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

// Row by row from the file; nullptr at its end.
const TraceRow* TraceSource::read_row() {
  row_ = first_row_ ? std::exchange(first_row_, std::nullopt) : reader_->next();
  if (row_ && repeat_ > 1) {
    kept_.push_back(*row_);
  }
  return row_ ? &*row_ : nullptr;
}

const TraceRow* TraceSource::kept_row() {
  if (place_ == kept_.size()) {
    ++pass_;
    place_ = 0;
  }
  return pass_ < repeat_ ? &kept_[place_++] : nullptr;
}

const TraceRow* TraceSource::next_row() {
  if (pass_ > 0) {
    return kept_row();
  }
  if (const TraceRow* row = read_row()) {
    return row;
  }
  pass_ = 1;
  period_ = period_of(kept_);
  return kept_row();
}

std::optional<Request> TraceSource::next() {
  if (num_requests_ && count_ == *num_requests_) {
    return std::nullopt;
  }
  const TraceRow* row = next_row();
  if (row == nullptr) {
    return std::nullopt;
  }
  const std::optional<SimTime> arrival =
      arrivals_ ? arrivals_->next() : row->arrival + period_ * pass_;
  if (!arrival) {
    return std::nullopt;
  }
  const RequestId id(count_++);
  return Request{.id = id,
                 .arrival = *arrival,
                 .prompt_tokens = row->prompt_tokens,
                 .output_tokens = row->output_tokens,
                 .max_tokens = row->output_tokens,
                 .priority = row->priority,
                 .content = content_of(*row, id, hash_block_size_, pass_)};
}

}  // namespace kvsim::workload
