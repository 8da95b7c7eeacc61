// A cluster of several kinds of replicas, read as one study for each kind.
//
//   cluster: {router: least_kv, pools: {new: {gpu: h200-sxm, replicas: 2},
//                                       old: {gpu: h100-sxm, replicas: 4, engine: {...}}}}
//
// What a pool does not say is that of `cluster` and `engine`.
#pragma once

#include <string>
#include <vector>

#include "sim/config/faults.hpp"
#include "sim/config/merge.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

struct PoolTree {
  std::string name;  ///< empty: the study has no pools
  Node tree;         ///< of a study without pools
};

[[nodiscard]] bool has_pools(const Node& study);

/// One tree for each pool that has replicas, in their order; the study's own if it has no pools;
/// nothing where pools are faulty. Requires: no profile was laid under the engine yet.
[[nodiscard]] std::vector<PoolTree> split_pools(const Node& study, const Merger& merger,
                                                Faults& faults);

}  // namespace kvsim::config
