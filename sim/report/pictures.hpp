// Charts for who draws them outside of the page: with a width of their own, and colours where the
// page has variables of its style.
#pragma once

#include <string>
#include <vector>

#include "sim/report/table.hpp"

namespace kvsim::report {

struct Picture {
  std::string name;  ///< of a file, from the chart's title
  std::string spec;  ///< Vega-Lite, as JSON
};

/// Every chart of the page once, in its order; light colours on white.
[[nodiscard]] std::vector<Picture> pictures_of(const Report& report);

}  // namespace kvsim::report
