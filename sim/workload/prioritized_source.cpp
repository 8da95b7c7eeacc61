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

PriorityDraws::PriorityDraws(const spec::PrioritySpec& priorities, std::uint64_t seed)
    : values_(as_empirical(priorities)), stream_(Rng::stream("priorities", seed)) {}

std::int64_t PriorityDraws::of(std::int64_t number) const {
  return values_.draw(stream_.at(static_cast<std::uint64_t>(number)));
}

PrioritizedSource::PrioritizedSource(std::unique_ptr<RequestSource> source,
                                     const spec::PrioritySpec& priorities, std::uint64_t seed)
    : source_(std::move(source)), priorities_(priorities, seed) {}

std::optional<Request> PrioritizedSource::next() {
  std::optional<Request> request = source_->next();
  if (request) {
    request->priority = priorities_.of(request->id.value());
  }
  return request;
}

}  // namespace kvsim::workload
