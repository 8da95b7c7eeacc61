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

namespace {

// What the loader looks up by name has to be right before anything is laid over it.
bool take(const std::string& set, std::string_view key, std::string& into) {
  if (!set.starts_with(key) || set.size() <= key.size() || set[key.size()] != '=') {
    return false;
  }
  into = set.substr(key.size() + 1);
  return true;
}

void require(const std::string& value, std::string_view key, std::string_view example) {
  if (value.empty()) {
    refuse(fmt::format("the map does not say what {} the rows were measured with", key),
           fmt::format("say it: --set {}", example));
  }
}

}  // namespace

spec::RunSpec run_of(const validate::RowPlan& row, const std::vector<std::string>& sets) {
  config::RunRequest request{.model = row.model, .gpu = row.gpu, .profile = row.profile};
  request.sets = row.sets;
  for (const std::string& set : sets) {
    if (!take(set, "model", request.model) && !take(set, "cluster.gpu", request.gpu) &&
        !take(set, "engine.profile", request.profile)) {
      request.sets.push_back(set);
    }
  }
  require(request.model, "model", "model=llama-3.1-8b");
  require(request.gpu, "cluster.gpu", "cluster.gpu=h100-sxm");
  require(request.profile, "engine.profile", "engine.profile=vllm-0.24");
  request.with_cards = false;
  return config::load_run(request, library()).runs.front();
}

}  // namespace kvsim::cli
