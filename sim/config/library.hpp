// Where named things lie: configs/models/NAME.yaml and so on.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/config.hpp"
#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

/// A kind of thing that a study may name.
struct Shelf {
  std::string_view what;     ///< "model"
  std::string_view folder;   ///< in configs/; "" is reports/templates/
  std::string_view way_out;  ///< how to list them
};
inline constexpr Shelf kModels = {"model", "models", "'kvsim models' lists all"};
inline constexpr Shelf kGpus = {"gpu", "gpus", "'kvsim gpus' lists all"};
inline constexpr Shelf kEngines = {"engine profile", "engines", ""};
inline constexpr Shelf kSlos = {"slo", "slos", "'kvsim slos' lists all"};
inline constexpr Shelf kWorkloads = {"workload", "workloads", ""};

inline constexpr Shelf kTemplates = {"report template", "", ""};

/// All YAML files of a folder, sorted; none if there is no such folder.
[[nodiscard]] std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder);
[[nodiscard]] std::vector<std::string> known_names(const Library& library, const Shelf& shelf);

/// The file that the scalar `name` stands for: a name on the shelf, or a path relative to the text
/// that says it. Empty, with a fault under `path`, if there is none.
[[nodiscard]] std::filesystem::path find_named(const Library& library, const Shelf& shelf,
                                               const Node& name, const std::string& path,
                                               Faults& faults);

/// The file of another tool that the scalar `name` stands for, relative to the text that says it.
/// Empty, with a fault under `path`, if there is none or it is of a kind that is not read.
[[nodiscard]] std::filesystem::path find_import(const Node& name, const std::string& path,
                                                Faults& faults);

}  // namespace kvsim::config
