#include "sim/cluster/router.hpp"

#include "sim/base/check.hpp"

namespace kvsim::cluster {
namespace {

// `share` is less than 1 by 2^-53 at least, so the product is less than `count` also when rounded.
std::size_t pick(double share, std::size_t count) {
  return static_cast<std::size_t>(share * static_cast<double>(count));
}

}  // namespace

RequestRouter::RequestRouter(const spec::ClusterSpec& cluster, std::uint64_t seed)
    : rule_(cluster.router),
      count_(static_cast<std::size_t>(cluster.replicas)),
      stream_(Rng::stream("router", seed)),
      view_(cluster.view_interval, count_),
      loads_(count_) {}

std::size_t RequestRouter::choose(const std::vector<engine::Replica>& replicas,
                                  const engine::Incoming& request,
                                  std::optional<ReplicaId> before) {
  if (count_ == 1) {
    return 0;
  }
  switch (rule_) {
    case spec::Router::RoundRobin:
      return take_turn();
    case spec::Router::Random:
      return draw(request.id);
    case spec::Router::PowerOfTwo:
      return better_of_two(replicas, request.id);
    case spec::Router::Session:
      if (before) {
        return static_cast<std::size_t>(before->value());
      }
      break;
    case spec::Router::LeastKv:
      look_at_reports(replicas, request.arrival);
      break;
    case spec::Router::LeastOutstanding:
      break;
  }
  return least_loaded(replicas);
}

void RequestRouter::note_outstanding(const engine::Replica& replica) {
  const auto index = static_cast<std::size_t>(replica.id().value());
  loads_.set(index, {loads_.key(index).blocks, replica.outstanding()});
}

std::size_t RequestRouter::take_turn() {
  const std::size_t chosen = turn_;
  turn_ = chosen + 1 < count_ ? chosen + 1 : 0;
  return chosen;
}

std::size_t RequestRouter::draw(RequestId request) const {
  return pick(stream_.uniform(static_cast<std::uint64_t>(request.value())), count_);
}

// The second is drawn among the others, which are numbered as if the first were not there.
std::size_t RequestRouter::better_of_two(const std::vector<engine::Replica>& replicas,
                                         RequestId request) const {
  RandomDraws draws = stream_.at(static_cast<std::uint64_t>(request.value()));
  const std::size_t first = pick(draws.uniform(), count_);
  const std::size_t other = pick(draws.uniform(), count_ - 1);
  const std::size_t second = other < first ? other : other + 1;
  return replicas[second].outstanding() < replicas[first].outstanding() ? second : first;
}

std::size_t RequestRouter::least_loaded(const std::vector<engine::Replica>& replicas) const {
  const std::size_t least = loads_.least();
  KVSIM_CHECK(loads_.key(least).outstanding == replicas[least].outstanding(),
              "the router was not told of a request that came or ended");
  return least;
}

void RequestRouter::look_at_reports(const std::vector<engine::Replica>& replicas, SimTime now) {
  const SimTime reported = view_.reported_at(now);
  if (seen_ == reported) {
    return;
  }
  seen_ = reported;
  loads_.set_all([&](std::size_t i) {
    return Load{view_.blocks(replicas[i], now), replicas[i].outstanding()};
  });
}

}  // namespace kvsim::cluster
