// A run as it was resolved, in the words and units of the YAML, exactly.
//
// Each quantity is written as the shortest text that the loader reads back as the same number
// ("4.8 TB/s", "80 GiB"); durations are exact decimals. Internal to the room.
#pragma once

#include <string>

#include "sim/base/quantity.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/report/json_values.hpp"
#include "sim/spec/card.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::report {

[[nodiscard]] Json resolved_json(const spec::RunSpec& run);
[[nodiscard]] Json resolved_json(const spec::CardSpec& card);

[[nodiscard]] std::string exact_text(Bytes value);
[[nodiscard]] std::string exact_text(BytesPerSecond value);
[[nodiscard]] std::string exact_text(FlopsPerSecond value);
[[nodiscard]] std::string exact_text(PerSecond value);
[[nodiscard]] std::string exact_text(Watts value);
[[nodiscard]] std::string exact_text(Duration value);

}  // namespace kvsim::report
