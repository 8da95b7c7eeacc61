// A plan in report.json, exactly; all but the run of its winner, which is a study's. Internal to
// the room; snapshot.hpp is the door.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/spec/plan_result.hpp"

namespace kvsim::report {

[[nodiscard]] nlohmann::json snapshot_of_plan(const spec::PlanAnswer& answer);

/// Throws nlohmann::json::exception for what the other did not write.
[[nodiscard]] spec::PlanAnswer plan_from_snapshot(const nlohmann::json& j);

}  // namespace kvsim::report
