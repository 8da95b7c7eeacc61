// What is wrong with a template shows only when it meets results: a fault that names its place as
// a path; who knows the file adds the line (config's with_places). Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/report/run_columns.hpp"

namespace kvsim::report {

/// Where in the template one stands.
struct TemplatePlace {
  std::string file;
  std::string path;  ///< "sections[2].columns[0]"
};

[[noreturn]] void fail_in_template(const TemplatePlace& place, std::string message,
                                   std::vector<std::string> ways_out);

/// The column, or a fault with the nearest names.
[[nodiscard]] const RunData& column_of(const RunColumns& columns, const std::string& name,
                                       const TemplatePlace& place);

}  // namespace kvsim::report
