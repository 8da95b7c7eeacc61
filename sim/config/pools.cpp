#include "sim/config/pools.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kPools = "cluster.pools";
constexpr std::string_view kExample =
    "write pools: {new: {gpu: h200-sxm, replicas: 2}, old: {gpu: h100-sxm, replicas: 4}}";

std::string path_of(const Entry& pool, std::string_view key = {}) {
  const std::string path = joined_path(kPools, pool.key);
  return key.empty() ? path : joined_path(path, key);
}

bool is_empty(const Entry& pool) {
  const Entry* replicas = find_entry(pool.value, "replicas");
  return replicas != nullptr && replicas->value.kind == NodeKind::Scalar &&
         replicas->value.text == "0";
}

class PoolSplitter {
 public:
  PoolSplitter(const Node& study, const Merger& merger, Faults& faults)
      : study_(study), cluster_(*find_entry(study, "cluster")), merger_(merger), faults_(faults) {}

  std::vector<PoolTree> split(const Entry& pools) {
    if (pools.value.kind != NodeKind::Map || pools.value.entries.empty()) {
      if (pools.value.kind != NodeKind::Broken) {
        faults_.error(
            pools.place,
            fmt::format("'pools' is {}, but must be a map of pools by their names",
                        pools.value.kind == NodeKind::Map ? "empty" : kind_name(pools.value.kind)),
            std::string(kPools), {std::string(kExample)});
      }
      return {};
    }
    note_replicas_of_cluster();
    bool sound = true;
    for (const Entry& pool : pools.value.entries) {
      sound = is_sound(pool) && sound;
    }
    return sound ? trees_of(pools) : std::vector<PoolTree>();
  }

 private:
  std::vector<PoolTree> trees_of(const Entry& pools) {
    std::vector<PoolTree> trees;
    for (const Entry& pool : pools.value.entries) {
      if (!is_empty(pool)) {
        trees.push_back({pool.key, tree_of(pool)});
      }
    }
    if (trees.empty()) {
      faults_.error(pools.place, "no pool has replicas", std::string(kPools),
                    {"give one of them at least 1"});
    }
    return trees;
  }

  void note_replicas_of_cluster() {
    if (const Entry* replicas = find_entry(cluster_.value, "replicas")) {
      faults_.note(replicas->place, "cluster.replicas is of no effect: each pool says its own",
                   "cluster.replicas");
    }
  }

  bool is_sound(const Entry& pool) {
    if (pool.value.kind != NodeKind::Map) {
      if (pool.value.kind != NodeKind::Broken) {
        faults_.error(
            pool.place,
            fmt::format("pool '{}' is {}, but must be a map", pool.key, kind_name(pool.value.kind)),
            path_of(pool), {std::string(kExample)});
      }
      return false;
    }
    const bool named = has_good_name(pool);
    const bool known = has_known_keys(pool);
    return named && known && has_all_keys(pool);
  }

  // Overrides name pools in dotted keys.
  bool has_good_name(const Entry& pool) {
    const bool good = !pool.key.empty() && pool.key.find('.') == std::string::npos;
    if (!good) {
      faults_.error(pool.place, fmt::format("'{}' cannot name a pool", pool.key), path_of(pool),
                    {"use a word without dots"});
    }
    return good;
  }

  bool has_known_keys(const Entry& pool) {
    static const std::vector<std::string> kKeys = {"gpu", "replicas", "startup_delay", "engine"};
    bool known = true;
    for (const Entry& entry : pool.value.entries) {
      if (std::find(kKeys.begin(), kKeys.end(), entry.key) == kKeys.end()) {
        faults_.error(entry.place, fmt::format("unknown key '{}'", entry.key),
                      path_of(pool, entry.key), way_out(entry.key, kKeys));
        known = false;
      }
    }
    return known;
  }

  bool has_all_keys(const Entry& pool) {
    if (find_entry(pool.value, "replicas") == nullptr) {
      faults_.error(pool.place, "key 'replicas' is missing", path_of(pool, "replicas"),
                    {"replicas: engines that serve side by side in this pool"});
      return false;
    }
    if (find_entry(pool.value, "gpu") == nullptr && find_entry(cluster_.value, "gpu") == nullptr) {
      std::vector<std::string> notes = {
          "give the pool's, or cluster.gpu for all pools that name none"};
      const auto guess = guess_word(pool.key, other_names(pool.key));
      if (guess && pool.key.size() > 2) {  // "a" is no slip for "b"
        notes.insert(notes.begin(), fmt::format("did you mean the pool '{}'?", *guess));
      }
      faults_.error(pool.place, "key 'gpu' is missing", path_of(pool, "gpu"), std::move(notes));
      return false;
    }
    return true;
  }

  [[nodiscard]] std::vector<std::string> other_names(const std::string& name) const {
    std::vector<std::string> names;
    for (const Entry& pool : find_entry(cluster_.value, "pools")->value.entries) {
      if (pool.key != name) {
        names.push_back(pool.key);
      }
    }
    return names;
  }

  Node tree_of(const Entry& pool) const {
    Node over = make_map(pool.place);
    Node cluster = make_map(pool.place);
    for (const Entry& entry : pool.value.entries) {
      (entry.key == "engine" ? over : cluster).entries.push_back(entry);
    }
    over.entries.push_back({"cluster", pool.place, std::move(cluster)});
    Node tree = study_;
    Node& base = find_entry(tree, "cluster")->value;
    erase_entry(base, "pools");
    erase_entry(base, "replicas");
    merger_.merge(tree, std::move(over));
    return tree;
  }

  const Node& study_;
  const Entry& cluster_;
  const Merger& merger_;
  Faults& faults_;
};

}  // namespace

bool has_pools(const Node& study) {
  const Entry* pools = find_path(study, kPools);
  return pools != nullptr && !is_unset(pools->value);
}

std::vector<PoolTree> split_pools(const Node& study, const Merger& merger, Faults& faults) {
  if (has_pools(study)) {
    return PoolSplitter(study, merger, faults).split(*find_path(study, kPools));
  }
  Node tree = study;
  if (Entry* cluster = find_entry(tree, "cluster")) {
    erase_entry(cluster->value, "pools");
  }
  return {{"", std::move(tree)}};
}

}  // namespace kvsim::config
