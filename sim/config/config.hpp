// The door of the room: YAML files to plain data, or everything that is wrong with them.
//
// Every function throws ConfigError with all faults it found, sorted by place. Nothing is printed.
// A model may also be a Hugging Face config.json, read as it is (hf_config.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/spec/plan.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::config {

struct Library {
  std::filesystem::path configs;      ///< the folder configs/, with models/, gpus/, engines/, ...
  std::filesystem::path cards;        ///< the folder calibration/cards/; may be absent
  std::filesystem::path templates{};  ///< the folder reports/templates/; may be absent
};

struct LoadOptions {
  Library library;
  std::vector<std::string> sets;  ///< arguments of --set, "a.b=c" with c in YAML
  std::uint64_t seed = 0;
  bool with_cards = true;  ///< also reads every card; who loads many runs reads them once
};

/// The runs that a study asks for: all variants at all points of its sweep.
///
/// A run is the study, then --set, then its variant, then its point of the sweep; a --set at or
/// below a key that a variant or the sweep changes wins over them. Notes on what was assumed are in
/// `warnings`. Refuses what cannot be simulated yet.
[[nodiscard]] spec::StudySpec load_study(const std::filesystem::path& file,
                                         const LoadOptions& options);

/// What the study's `plan` asks: a question for each run that load_study() gives, each with every
/// combination of the searched values. Layouts whose model cannot be cut so are among them.
/// Throws also for a study without `plan`.
[[nodiscard]] spec::PlanStudy load_plan(const std::filesystem::path& file,
                                        const LoadOptions& options);

/// The same, or nothing where the study has no `plan` that could be read.
[[nodiscard]] std::optional<spec::PlanStudy> find_plan(const std::filesystem::path& file,
                                                       const LoadOptions& options);

/// A run without a study file, for `kvsim explain`.
struct RunRequest {
  std::string model;             ///< a name or a path
  std::string gpu = "h100-sxm";  ///< a name or a path
  std::string profile = "vllm-0.24";
  std::vector<std::string> sets{};  ///< as in LoadOptions
  bool only_explained = false;      ///< also accepts what cannot be simulated yet
  bool with_cards = true;           ///< as in LoadOptions
};
/// A study of exactly one run, with a workload that stands for nothing.
[[nodiscard]] spec::StudySpec load_run(const RunRequest& request, const Library& library);

/// By name in the library, or by path (text with a '/' or ending in .yaml or .json).
[[nodiscard]] spec::ModelSpec load_model(const std::string& name_or_path, const Library& library);
[[nodiscard]] spec::GpuSpec load_gpu(const std::string& name_or_path, const Library& library);
[[nodiscard]] spec::EngineSpec load_engine(const std::string& profile, const Library& library);

/// A card by the name in its file, or by path as above.
[[nodiscard]] spec::CardSpec load_card(const std::string& name_or_path, const Library& library);

/// A page's template, by name in reports/templates or by path.
[[nodiscard]] spec::ReportTemplate load_template(const std::string& name_or_path,
                                                 const Library& library);

/// The same faults with line and source line, where one names a file and a path in it such as
/// "sections[2].columns".
[[nodiscard]] std::vector<Diagnostic> with_places(std::vector<Diagnostic> faults);

/// A run from what manifest.json holds of it: `resolved` is JSON, as report/resolved_spec.hpp
/// writes it. Id, variant, overrides and seed are not in there.
[[nodiscard]] spec::RunSpec read_resolved(const std::string& file, const std::string& resolved);

/// All of the library, sorted by file name.
[[nodiscard]] std::vector<spec::ModelSpec> load_models(const Library& library);
[[nodiscard]] std::vector<spec::GpuSpec> load_gpus(const Library& library);
[[nodiscard]] std::vector<spec::CardSpec> load_cards(const Library& library);
[[nodiscard]] std::vector<spec::SloSpec> load_slos(const Library& library);

}  // namespace kvsim::config
