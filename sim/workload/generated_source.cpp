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
  const auto place = static_cast<std::size_t>(count_) % Drawn::kCount;
  if (place == 0) {
    draw_lengths();
  }
  const std::int64_t drawn_output = drawn_.output[place];
  const std::int64_t max_tokens = max_tokens_.value_or(drawn_output);
  return Request{.id = RequestId(count_++),
                 .arrival = *arrival,
                 .prompt_tokens = drawn_.prompt[place],
                 .output_tokens = std::min(drawn_output, max_tokens),
                 .max_tokens = max_tokens,
                 .hash_ids = nullptr};
}

void GeneratedSource::draw_lengths() {
  const auto first = static_cast<std::uint64_t>(count_);
  prompt_.draw(prompt_stream_, first, drawn_.prompt);
  output_.draw(output_stream_, first, drawn_.output);
}

}  // namespace kvsim::workload
