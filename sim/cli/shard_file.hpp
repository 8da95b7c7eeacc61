// A shard: which points of a study one process simulates, and what else it takes to find them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/report/reproduction.hpp"

namespace kvsim::cli {

struct ShardPoint {
  std::string run;         ///< its id
  std::int64_t replicate;  ///< 0: the run itself
  std::string key;         ///< see point_keys.hpp
};

struct Shard {
  std::size_t number = 1;  ///< from 1 on; 0: what all have in common
  std::size_t of = 1;
  std::string study;    ///< path, as it was typed for split
  report::Asked asked;  ///< `page` is not used
  std::vector<ShardPoint> points;
};

/// The file beside the shards of a split that knows what all of them do: of no number, without
/// points.
inline constexpr const char* kSplitFile = "sweep.json";

[[nodiscard]] std::string shard_json(const Shard& shard);

/// Throws ConfigError that names the file: no shard, or one of another version of kvsim.
[[nodiscard]] Shard read_shard(const std::string& file);

/// The flags of kvsim sweep split, as a shard remembers them. `study`: where it lies now; empty:
/// where it lay. Throws ConfigError with `way_out` when there is none.
[[nodiscard]] RunOptions flags_of(const Shard& shard, const std::string& study,
                                  const std::string& way_out);

}  // namespace kvsim::cli
