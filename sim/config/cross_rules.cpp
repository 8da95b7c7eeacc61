#include "sim/config/cross_rules.hpp"

#include "sim/spec/contradictions.hpp"

namespace kvsim::config {
namespace {

// Points at the first of the paths that somebody wrote.
void report(const spec::Contradiction& contradiction, const Node& tree, Faults& faults) {
  Place place = whole_source(tree.place.source);
  std::string_view path = contradiction.paths.front();
  for (const std::string_view candidate : contradiction.paths) {
    if (const Entry* entry = find_path(tree, candidate)) {
      place = entry->value.place;
      path = candidate;
      break;
    }
  }
  faults.error(place, contradiction.message, std::string(path), {contradiction.way_out});
}

}  // namespace

void check_model_against_engine(const spec::RunSpec& run, const Node& tree, Faults& faults) {
  for (const spec::Contradiction& each : spec::contradictions(run.model, run.engine)) {
    report(each, tree, faults);
  }
}

}  // namespace kvsim::config
