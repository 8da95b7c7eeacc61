// From the tree of a study to its runs.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/config/config.hpp"
#include "sim/config/document.hpp"
#include "sim/config/faults.hpp"
#include "sim/config/key_table.hpp"
#include "sim/config/loader.hpp"
#include "sim/config/merge.hpp"
#include "sim/config/run_ids.hpp"
#include "sim/config/variants.hpp"
#include "sim/spec/plan.hpp"

namespace kvsim::config {

/// Use once: one of the doors, which throw ConfigError.
class StudyBuilder {
 public:
  explicit StudyBuilder(LoadOptions options, bool only_explained = false);

  [[nodiscard]] spec::StudySpec from_file(const std::filesystem::path& file);
  /// The same with what its `plan` asks for.
  [[nodiscard]] spec::PlanStudy plan_from_file(const std::filesystem::path& file);
  /// Nothing where the study has no `plan`.
  [[nodiscard]] std::optional<spec::PlanStudy> plan_if_any(const std::filesystem::path& file);
  /// A study given as text, with overrides that come before --set.
  [[nodiscard]] spec::StudySpec from_text(const SourcePtr& text, std::vector<Override> overrides);

 private:
  /// What a study says around its runs.
  struct Outline {
    std::vector<Variant> variants;
    std::vector<Axis> sweep, search;
    std::optional<spec::PlanSpec> plan;
  };
  /// The run as if one of its pools were alone; all of it if it has none.
  struct PoolRun {
    std::string name;
    Node tree;
    spec::RunSpec run;
  };

  [[nodiscard]] spec::StudySpec build(Node tree);
  [[nodiscard]] Outline read_outline(Node& tree);
  void read_plan(const Node& tree, Outline& outline);
  [[nodiscard]] spec::PlanStudy build_plan(const Node& tree, const Outline& outline);
  void finish(spec::StudySpec& study, const Node& tree, std::string_view usual_template);
  [[nodiscard]] spec::PlanQuestion question(const Node& base, const RunPlan& plan,
                                            const std::vector<Axis>& search);
  void apply(Node& tree, const Override& change);
  void apply_sets_to_base(Node& tree);
  void drop_axes_that_are_set(std::vector<Axis>& axes);
  [[nodiscard]] bool wins_over(const Override& set, const RunPlan& plan) const;
  [[nodiscard]] spec::RunSpec build_run(const Node& base, const RunPlan& plan);
  [[nodiscard]] std::vector<PoolRun> read_pools(const Node& tree, const RunPlan& plan);
  [[nodiscard]] static spec::RunSpec joined(const std::vector<PoolRun>& pools);
  void refuse_pools_in_plan(const Node& tree);
  [[nodiscard]] spec::RunSpec read_run(const Node& tree, const RunPlan& plan);
  [[nodiscard]] Node run_tree(const Node& base, const RunPlan& plan);
  [[nodiscard]] Document read_document(const Node& tree);
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> override_texts(
      const RunPlan& plan) const;
  void note_gpus(const Node& tree, const std::string& own);
  void refuse_unknown_gpus();
  void add_cards(spec::StudySpec& study);
  void add_page(spec::StudySpec& study, const Node& tree, std::string_view usual_template);

  LoadOptions options_;
  bool only_explained_;
  Faults faults_;
  KeyTable table_;
  Merger merger_;
  Loader loader_;
  RunIds ids_;
  std::vector<Override> sets_;
  std::set<std::string> gpus_;                         // that runs have
  std::vector<std::pair<std::string, Place>> priced_;  // names of GPUs under prices
  std::string study_name_;                             // what all runs share
  spec::ReportSpec report_;
};

}  // namespace kvsim::config
