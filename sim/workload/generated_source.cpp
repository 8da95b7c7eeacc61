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
  if (workload.shared_prefix) {
    prefixes_.emplace(*workload.shared_prefix, seed);
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
  Request request{.id = RequestId(count_++),
                  .arrival = *arrival,
                  .prompt_tokens = drawn_.prompt[place],
                  .output_tokens = std::min(drawn_output, max_tokens),
                  .max_tokens = max_tokens};
  if (prefixes_) {
    put_prefix_before(request);
  }
  return request;
}

void GeneratedSource::put_prefix_before(Request& request) const {
  const spec::Stretch prefix = prefixes_->of(request.id.value());
  const spec::Stretch own{spec::private_stretch(request.id.value()),
                          request.prompt_tokens + request.output_tokens};
  request.prompt_tokens += prefix.tokens;
  request.content = std::make_shared<const spec::PromptContent>(
      spec::PromptContent{.stretches = {prefix, own}, .answer_returns = false});
}

void GeneratedSource::draw_lengths() {
  const auto first = static_cast<std::uint64_t>(count_);
  prompt_.draw(prompt_stream_, first, drawn_.prompt);
  output_.draw(output_stream_, first, drawn_.output);
}

}  // namespace kvsim::workload
