// Times in tests.
#pragma once

#include "sim/base/sim_time.hpp"

namespace kvsim::plan {

[[nodiscard]] inline Duration seconds(double value) { return to_duration(Seconds(value)); }

}  // namespace kvsim::plan
