// configs/validation/*.yaml: how a table of measured servers becomes runs to simulate.
#pragma once

#include <string>
#include <vector>

#include "sim/config/config.hpp"
#include "sim/spec/measured_map.hpp"

namespace kvsim::config {

/// By name in the library, or by path. Throws ConfigError with everything that is wrong.
[[nodiscard]] spec::MeasuredMap load_measured_map(const std::string& name_or_path,
                                                  const Library& library);
/// All of the library, sorted by file name.
[[nodiscard]] std::vector<spec::MeasuredMap> load_measured_maps(const Library& library);

}  // namespace kvsim::config
