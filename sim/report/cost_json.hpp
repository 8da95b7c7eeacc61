// The parts of result.json on money, energy and offered rate. Internal to the room.
#pragma once

#include "sim/report/json_values.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

[[nodiscard]] Json cost_json(const spec::CostReport& cost, const spec::RunMetrics& metrics);
[[nodiscard]] Json offered_rate_json(const spec::OfferedRate& offered);

}  // namespace kvsim::report
