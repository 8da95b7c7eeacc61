// Variants, sweeps and --set: the list of runs that a study asks for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

/// One value for one dotted key.
struct Override {
  std::string key;
  Place place;
  Node value;
};

struct Variant {
  std::string name;
  std::vector<Override> overrides;
};

/// A key of the sweep with its values.
struct Axis {
  std::string key;
  Place place;
  std::vector<Node> values;
};

/// One run to be: the overrides of its variant, then one value of every axis.
struct RunPlan {
  std::string variant;
  std::vector<Override> overrides;
  std::vector<std::pair<std::string, std::string>> point;  ///< axis key and value as text
};

/// The keys of a study that a variant, a sweep and --set may change.
[[nodiscard]] const std::vector<std::string>& run_sections();

/// The arguments of --set; `a.b=c` is read as a: {b: c}.
[[nodiscard]] std::vector<Override> parse_sets(const std::vector<std::string>& sets,
                                               Faults& faults);

/// One variant "base" if the study has none.
[[nodiscard]] std::vector<Variant> read_variants(const Node& study, Faults& faults);
[[nodiscard]] std::vector<Axis> read_sweep(const Node& study, Faults& faults);
/// plan.search, of the map at `plan`.
[[nodiscard]] std::vector<Axis> read_search(const Node& plan, Faults& faults);

/// Every variant at every point of the sweep, the first axis turning slowest.
[[nodiscard]] std::vector<RunPlan> plan_runs(const std::vector<Variant>& variants,
                                             const std::vector<Axis>& axes);

/// True if `key` is `other` or lies below it.
[[nodiscard]] bool is_at_or_below(const std::string& key, const std::string& other);

}  // namespace kvsim::config
