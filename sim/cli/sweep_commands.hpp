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

struct MergeOptions {
  RunOptions run;         ///< its study may be the folder that split wrote
  std::string study_now;  ///< as in ShardOptions
};

int split_sweep(const SplitOptions& options);
int run_shard(const ShardOptions& options);
int merge_sweep(const MergeOptions& options);
/// kvsim run, of a study whose points are all in options.points.
int merge_points(const RunOptions& options);

}  // namespace kvsim::cli
