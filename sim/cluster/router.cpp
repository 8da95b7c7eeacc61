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
      seen_(count_, SimTime::never()),
      has_changed_(count_),
      loads_(count_) {}

std::size_t RequestRouter::choose(const std::vector<engine::Replica>& replicas,
                                  const engine::Incoming& request, std::optional<ReplicaId> before,
                                  SimTime now) {
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
      look_at_reports(replicas, now);
      break;
    case spec::Router::LeastOutstanding:
      break;
  }
  return least_loaded(replicas);
}

void RequestRouter::outstanding_changed(const engine::Replica& replica) {
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
  if (count_ == 1) {
    return 0;
  }
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

// The least of lower bounds is the least of all once it is no bound but a look.
void RequestRouter::look_at_reports(const std::vector<engine::Replica>& replicas, SimTime now) {
  const SimTime reported = view_.reported_at(now);
  const bool is_new = reported != report_ || view_.is_exact();
  report_ = reported;
  if (!replicas.front().blocks_only_rise()) {
    if (is_new) {
      look_at_all(replicas, now);
    }
    return;
  }
  if (is_new) {
    look_at_changed(replicas, now);
  }
  for (std::size_t i = loads_.least(); seen_[i] != reported; i = loads_.least()) {
    look(replicas[i], now);
  }
}

// Who changed after the report was due is to be looked at for the next one as well.
void RequestRouter::look_at_changed(const std::vector<engine::Replica>& replicas, SimTime now) {
  std::erase_if(changed_, [&](std::size_t i) {
    look(replicas[i], now);
    has_changed_[i] = view_.has_changed_since(replicas[i], now) ? 1 : 0;
    return has_changed_[i] == 0;
  });
}

void RequestRouter::look(const engine::Replica& replica, SimTime now) {
  const auto index = static_cast<std::size_t>(replica.id().value());
  loads_.set(index, {view_.blocks(replica, now), replica.outstanding()});
  seen_[index] = view_.reported_at(now);
}

void RequestRouter::look_at_all(const std::vector<engine::Replica>& replicas, SimTime now) {
  loads_.set_all([&](std::size_t i) {
    return Load{view_.blocks(replicas[i], now), replicas[i].outstanding()};
  });
}

}  // namespace kvsim::cluster
