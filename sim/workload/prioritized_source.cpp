#include "sim/workload/prioritized_source.hpp"

namespace kvsim::workload {
namespace {

spec::LengthSpec as_empirical(const spec::PrioritySpec& priorities) {
  spec::LengthSpec values;
  values.kind = spec::LengthKind::Empirical;
  values.empirical = {priorities.values, priorities.weights};
  return values;
}

}  // namespace

PrioritizedSource::PrioritizedSource(std::unique_ptr<RequestSource> source,
                                     const spec::PrioritySpec& priorities, std::uint64_t seed)
    : source_(std::move(source)),
      values_(as_empirical(priorities)),
      stream_(Rng::stream("priorities", seed)) {}

std::optional<Request> PrioritizedSource::next() {
  std::optional<Request> request = source_->next();
  if (request) {
    request->priority = values_.draw(stream_.at(static_cast<std::uint64_t>(request->id.value())));
  }
  return request;
}

}  // namespace kvsim::workload
