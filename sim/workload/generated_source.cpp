#include "sim/workload/generated_source.hpp"

#include <algorithm>

namespace kvsim::workload {

GeneratedSource::GeneratedSource(const spec::WorkloadSpec& workload, std::uint64_t seed)
    : prompt_(workload.lengths->prompt),
      output_(workload.lengths->output),
      max_tokens_(workload.lengths->max_tokens),
      prompt_stream_(Rng::stream("prompt_lengths", seed)),
      output_stream_(Rng::stream("output_lengths", seed)),
      num_requests_(workload.num_requests) {
  if (workload.arrivals) {
    arrivals_.emplace(*workload.arrivals, seed);
  }
}

std::optional<Request> GeneratedSource::next() {
  if (num_requests_ && count_ == *num_requests_) {
    return std::nullopt;
  }
  const std::optional<SimTime> arrival = arrivals_ ? arrivals_->next() : SimTime();
  if (!arrival) {
    return std::nullopt;
  }
  const std::int64_t index = count_++;
  const auto item = static_cast<std::uint64_t>(index);
  const std::int64_t drawn_output = output_.at(output_stream_.uniform(item));
  const std::int64_t max_tokens = max_tokens_.value_or(drawn_output);
  return Request{.id = RequestId(index),
                 .arrival = *arrival,
                 .prompt_tokens = prompt_.at(prompt_stream_.uniform(item)),
                 .output_tokens = std::min(drawn_output, max_tokens),
                 .max_tokens = max_tokens,
                 .hash_ids = nullptr};
}

}  // namespace kvsim::workload
