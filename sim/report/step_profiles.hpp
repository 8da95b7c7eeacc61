// Which step profiles a report shows: one for each memory budget. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "sim/report/table_parts.hpp"

namespace kvsim::report {

inline constexpr std::size_t kBusyParts =
    spec::kTimeBucketNames.size() - 1;  ///< a step is never idle

struct ShownProfile {
  std::string label;
  std::vector<std::size_t> runs;  ///< that share it, nearly: the batch and context of the last
  const spec::StepProfile* profile;
  const spec::RunResult* run;  ///< whose it is
};

/// Of each group of groups_by_budget(), that of its last run: as a rule the most loaded one.
[[nodiscard]] std::vector<ShownProfile> shown_profiles(const Subject& subject);

/// Sum of all parts.
[[nodiscard]] Duration step_time(const spec::StepPoint& point);

}  // namespace kvsim::report
