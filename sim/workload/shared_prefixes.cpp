#include "sim/workload/shared_prefixes.hpp"

#include <algorithm>
#include <numeric>

#include "sim/workload/limits.hpp"
#include "sim/workload/stretch_ids.hpp"

namespace kvsim::workload {
namespace {

spec::LengthSpec groups_of(const spec::SharedPrefixSpec& shared_prefix) {
  spec::LengthSpec groups;
  if (shared_prefix.weights.empty()) {
    groups.kind = spec::LengthKind::Uniform;
    groups.uniform = {0, shared_prefix.num_groups - 1};
    return groups;
  }
  groups.kind = spec::LengthKind::Empirical;
  groups.empirical.tokens.resize(shared_prefix.weights.size());
  std::iota(groups.empirical.tokens.begin(), groups.empirical.tokens.end(), std::int64_t{0});
  groups.empirical.weights = shared_prefix.weights;
  return groups;
}

}  // namespace

SharedPrefixes::SharedPrefixes(const spec::SharedPrefixSpec& shared_prefix, std::uint64_t seed)
    : group_(groups_of(shared_prefix)),
      tokens_(shared_prefix.tokens),
      group_stream_(Rng::stream("shared_prefix_groups", seed)),
      tokens_stream_(Rng::stream("shared_prefix_tokens", seed)) {}

spec::Stretch SharedPrefixes::of(std::int64_t number) const {
  const std::int64_t group = group_.at(group_stream_.uniform(static_cast<std::uint64_t>(number)));
  const double share = tokens_stream_.uniform(static_cast<std::uint64_t>(group));
  return {group_stretch(group), std::min(tokens_.at(share), kLongestRequest)};
}

}  // namespace kvsim::workload
