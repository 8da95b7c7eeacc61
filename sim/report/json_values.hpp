// How kvsim writes numbers into JSON. Internal to the room: nlohmann stays out of its doors.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "sim/base/int128.hpp"

namespace kvsim::report {

using Json = nlohmann::ordered_json;

/// JSON has no NaN and no infinity: either is our bug. Requires: value is finite (checked).
[[nodiscard]] Json json_number(double value);
/// null when there is none.
[[nodiscard]] Json json_number(const std::optional<double>& value);
/// A whole number while it fits 64 bits, as readers expect; beyond 2^63 the nearest double, which
/// is right to 16 digits. (A run that reads 9.2 EB keeps a million GPUs of HBM busy for 2 s.)
[[nodiscard]] Json json_integer(Int128 value);

/// Two spaces of indentation and a newline at the end; invalid UTF-8 is replaced.
[[nodiscard]] std::string json_text(const Json& json);

}  // namespace kvsim::report
