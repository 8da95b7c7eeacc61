#include "sim/report/json_values.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/base/check.hpp"

namespace kvsim::report {

Json json_number(double value) {
  KVSIM_CHECK(std::isfinite(value), "a number of a report is finite");
  return value == 0 ? Json(0.0) : Json(value);  // no "-0.0"
}

Json json_number(const std::optional<double>& value) {
  return value ? json_number(*value) : Json(nullptr);
}

Json json_integer(Int128 value) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (value >= Limits::min() && value <= Limits::max()) {
    return static_cast<std::int64_t>(value);
  }
  return static_cast<double>(value);
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace kvsim::report
