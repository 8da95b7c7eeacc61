#include "sim/workload/summary.hpp"

#include <cmath>
#include <map>

#include "sim/workload/in_order.hpp"
#include "sim/workload/shared_content.hpp"

namespace kvsim::workload {
namespace {

class Lengths {
 public:
  void add(std::int64_t tokens) {
    ++counts_[tokens];
    ++count_;
    sum_ += tokens;
  }
  [[nodiscard]] LengthSummary summary() const {
    if (count_ == 0) {
      return {};
    }
    return {.mean = static_cast<double>(sum_) / static_cast<double>(count_),
            .p50 = percentile(50),
            .p90 = percentile(90),
            .p95 = percentile(95),
            .p99 = percentile(99),
            .max = counts_.rbegin()->first};
  }

 private:
  [[nodiscard]] double percentile(double percent) const {
    const double rank = percent / 100 * static_cast<double>(count_ - 1);
    const auto below = static_cast<std::int64_t>(rank);
    const double part = rank - static_cast<double>(below);
    const double low = order_statistic(below);
    return part == 0 ? low : low + part * (order_statistic(below + 1) - low);
  }
  [[nodiscard]] double order_statistic(std::int64_t rank) const {
    std::int64_t seen = 0;
    for (const auto& [tokens, count] : counts_) {
      seen += count;
      if (seen > rank) {
        return static_cast<double>(tokens);
      }
    }
    return static_cast<double>(counts_.rbegin()->first);
  }

  std::map<std::int64_t, std::int64_t> counts_;
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
};

// Mean and spread of the gaps by Welford's recurrence, which does not cancel.
class Gaps {
 public:
  void add(SimTime arrival) {
    if (arrivals_++ == 0) {
      first_ = arrival;
    } else {
      add_gap(arrival - last_);
    }
    last_ = arrival;
  }
  [[nodiscard]] ArrivalSummary summary() const {
    ArrivalSummary summary{
        .first = first_, .last = last_, .mean_rate = {}, .gap_cv = {}, .zero_gap_share = {}};
    const auto gaps = static_cast<double>(arrivals_ - 1);
    if (arrivals_ > 1) {
      summary.zero_gap_share = static_cast<double>(zero_gaps_) / gaps;
    }
    if (mean_ > 0) {
      summary.mean_rate = gaps / to_seconds(last_ - first_).value();
      summary.gap_cv = std::sqrt(squares_ / gaps) / mean_;
    }
    return summary;
  }

 private:
  void add_gap(Duration gap) {
    zero_gaps_ += gap == Duration() ? 1 : 0;
    const double seconds = to_seconds(gap).value();
    const double difference = seconds - mean_;
    mean_ += difference / static_cast<double>(arrivals_ - 1);
    squares_ += difference * (seconds - mean_);
  }

  std::int64_t arrivals_ = 0;
  std::int64_t zero_gaps_ = 0;
  SimTime first_;
  SimTime last_;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace

WorkloadSummary summarise(const spec::WorkloadSpec& workload, std::uint64_t seed) {
  const auto source = make_source(workload, seed);
  Lengths prompt;
  Lengths output;
  Gaps gaps;
  SharedBlocks blocks;
  SharedTokens tokens;
  InOrder requests(*source);
  WorkloadSummary summary;
  while (const auto request = requests.next()) {
    ++summary.requests;
    gaps.add(request->arrival);
    prompt.add(request->prompt_tokens);
    output.add(request->output_tokens);
    tokens.add(*request);
    if (workload.trace) {
      blocks.add(*request);
    }
  }
  if (!workload.closed_loop && summary.requests > 0) {
    summary.arrivals = gaps.summary();
  }
  summary.prompt = prompt.summary();
  summary.output = output.summary();
  summary.blocks = blocks.summary();
  summary.prefixes = tokens.summary();
  summary.failed_requests = source->failed_requests();
  summary.skipped_lines = source->skipped_lines();
  return summary;
}

}  // namespace kvsim::workload
