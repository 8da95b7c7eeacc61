#include "sim/cli/measured_rows.hpp"

#include <fmt/format.h>

#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/config/measured_map.hpp"

namespace kvsim::cli {

spec::MeasuredMap map_for(const validate::Table& table, const std::string& map) {
  if (!map.empty()) {
    return config::load_measured_map(map, library());
  }
  std::vector<std::string> known;
  for (spec::MeasuredMap& each : config::load_measured_maps(library())) {
    if (validate::fits(each, table.columns)) {
      return std::move(each);
    }
    known.push_back(each.name);
  }
  refuse(fmt::format("no map knows the columns of '{}'", table.file),
         fmt::format("name one by --map, or write one as in configs/validation; known: {}",
                     fmt::join(known, ", ")));
}

spec::RunSpec run_of(const validate::RowPlan& row, const std::vector<std::string>& sets) {
  config::RunRequest request{.model = row.model, .gpu = row.gpu, .profile = row.profile};
  request.sets = row.sets;
  request.sets.insert(request.sets.end(), sets.begin(), sets.end());
  request.with_cards = false;
  return config::load_run(request, library()).runs.front();
}

}  // namespace kvsim::cli
