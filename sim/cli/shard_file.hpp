// A shard: which points of a study one process simulates, and what else it takes to find them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/reproduction.hpp"

namespace kvsim::cli {

struct ShardPoint {
  std::string run;         ///< its id
  std::int64_t replicate;  ///< 0: the run itself
  std::string key;         ///< see point_keys.hpp
};

struct Shard {
  std::size_t number = 1;  ///< from 1 on
  std::size_t of = 1;
  std::string study;    ///< path, as it was typed for split
  report::Asked asked;  ///< `page` is not used
  std::vector<ShardPoint> points;
};

[[nodiscard]] std::string shard_json(const Shard& shard);

/// Throws ConfigError that names the file: no shard, or one of another version of kvsim.
[[nodiscard]] Shard read_shard(const std::string& file);

}  // namespace kvsim::cli
