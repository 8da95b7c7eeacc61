#include "sim/cluster/router.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::cluster {
namespace {

// `share` is less than 1 by 2^-53 at least, so the product is less than `count` also when rounded.
std::size_t pick(double share, std::size_t count) {
  return static_cast<std::size_t>(share * static_cast<double>(count));
}

// Two places of a list of `count`, the second drawn among the others, which are numbered as if the
// first were not there. Requires: count > 1.
std::pair<std::size_t, std::size_t> draw_two(RandomDraws draws, std::size_t count) {
  const std::size_t first = pick(draws.uniform(), count);
  const std::size_t other = pick(draws.uniform(), count - 1);
  return {first, other < first ? other : other + 1};
}

std::vector<std::int64_t> kv_tokens_of(const std::vector<RoutedReplica>& replicas) {
  std::vector<std::int64_t> tokens;
  for (const RoutedReplica& replica : replicas) {
    tokens.push_back(replica.kv_tokens);
  }
  return tokens;
}

}  // namespace

RequestRouter::RequestRouter(const spec::ClusterSpec& cluster, std::uint64_t seed,
                             std::vector<RoutedReplica> replicas)
    : cluster_(cluster),
      rule_(cluster.router),
      replicas_(std::move(replicas)),
      count_(replicas_.size()),
      stream_(Rng::stream("router", seed)),
      view_(cluster.view_interval, count_),
      seen_(count_, SimTime::never()),
      has_changed_(count_),
      loads_(count_) {
  if (rule_ == spec::Router::PrefixAware) {
    prefixes_.emplace(kv_tokens_of(replicas_));
    busiest_.emplace(count_);
  }
  admit_ready(SimTime());
}

// Without requests and blocks until then, so that nobody has to be asked.
void RequestRouter::admit_ready(SimTime now) {
  for (; ready_ < count_ && replicas_[ready_].ready <= now; ++ready_) {
    loads_.set(ready_, {.absent = false, .usable = replicas_[ready_].kv_blocks});
  }
}

RequestRouter::Load RequestRouter::load(std::int64_t blocks, const engine::Replica& replica) const {
  const auto index = static_cast<std::size_t>(replica.id().value());
  return {index >= ready_, blocks, replicas_[index].kv_blocks, replica.outstanding()};
}

std::size_t RequestRouter::choose(const std::vector<engine::Replica>& replicas,
                                  const engine::Incoming& request, std::optional<ReplicaId> before,
                                  SimTime now) {
  if (count_ == 1) {
    return 0;
  }
  admit_ready(now);
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
    case spec::Router::PrefixAware: {
      const std::optional<std::size_t> found = who_has_prefix(replicas, request);
      const std::size_t chosen = found ? *found : least_loaded(replicas);
      if (request.content != nullptr) {
        prefixes_->sent(*request.content, request.prompt_tokens, chosen);
      }
      return chosen;
    }
    case spec::Router::LeastOutstanding:
      break;
  }
  return least_loaded(replicas);
}

void RequestRouter::note_outstanding(const engine::Replica& replica) {
  const auto index = static_cast<std::size_t>(replica.id().value());
  loads_.set(index, load(loads_.key(index).blocks, replica));
  if (busiest_) {
    busiest_->set(index, -replica.outstanding());
  }
}

std::size_t RequestRouter::take_turn() {
  const std::size_t chosen = turn_;
  turn_ = chosen + 1 < ready_ ? chosen + 1 : 0;
  return chosen;
}

std::size_t RequestRouter::draw(RequestId request) const {
  return pick(stream_.uniform(static_cast<std::uint64_t>(request.value())), ready_);
}

std::size_t RequestRouter::better_of_two(const std::vector<engine::Replica>& replicas,
                                         RequestId request) const {
  if (ready_ == 1) {
    return 0;
  }
  const auto [first, second] =
      draw_two(stream_.at(static_cast<std::uint64_t>(request.value())), ready_);
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
  loads_.set(index, load(view_.blocks(replica, now), replica));
  seen_[index] = view_.reported_at(now);
}

void RequestRouter::look_at_all(const std::vector<engine::Replica>& replicas, SimTime now) {
  loads_.set_all([&](std::size_t i) { return load(view_.blocks(replicas[i], now), replicas[i]); });
}

std::optional<std::size_t> RequestRouter::who_has_prefix(
    const std::vector<engine::Replica>& replicas, const engine::Incoming& request) const {
  if (request.content == nullptr || !is_balanced()) {
    return std::nullopt;
  }
  const RoutedPrefixes::Match match = prefixes_->longest(*request.content, request.prompt_tokens);
  const double wanted =
      cluster_.prefix_match_threshold * static_cast<double>(request.prompt_tokens);
  if (match.tokens == 0 || static_cast<double>(match.tokens) < wanted) {
    return std::nullopt;
  }
  return less_busy(replicas, match.replicas, request.id);
}

bool RequestRouter::is_balanced() const {
  const std::int64_t most = -busiest_->key(busiest_->least());
  const std::int64_t fewest = loads_.key(loads_.least()).outstanding;
  return most - fewest <= cluster_.balance_abs_threshold ||
         static_cast<double>(most) <= cluster_.balance_rel_threshold * static_cast<double>(fewest);
}

std::size_t RequestRouter::less_busy(const std::vector<engine::Replica>& replicas,
                                     std::span<const std::size_t> candidates,
                                     RequestId request) const {
  if (candidates.size() == 1) {
    return candidates.front();
  }
  const auto drawn =
      draw_two(stream_.at(static_cast<std::uint64_t>(request.value())), candidates.size());
  const auto load = [&](std::size_t i) { return std::pair{replicas[i].outstanding(), i}; };
  return std::min(load(candidates[drawn.first]), load(candidates[drawn.second])).second;
}

}  // namespace kvsim::cluster
