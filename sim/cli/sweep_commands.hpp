// kvsim sweep: a study in shards, each simulated by a process of its own.
#pragma once

#include "sim/cli/options.hpp"

namespace kvsim::cli {

struct SplitOptions {
  RunOptions run;  ///< study, out and what changes results
  std::size_t shards = 0;
};

struct ShardOptions {
  std::string shard;
  std::string points;
  std::string study;  ///< where the study lies now; empty: where the shard says
  int jobs = 0;
  bool quiet = false;
};

int split_sweep(const SplitOptions& options);
int run_shard(const ShardOptions& options);
/// kvsim run, of a study whose points are all in options.points.
int merge_sweep(const RunOptions& options);

}  // namespace kvsim::cli
