#include "sim/cli/loading.hpp"

#include <fmt/format.h>

#include "sim/base/diagnostic.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cluster/feasibility.hpp"

namespace kvsim::cli {
namespace {

// One variant that does not fit must not hide what else is wrong.
void check_runs(const spec::StudySpec& study) {
  std::vector<Diagnostic> faults;
  std::string does_not_fit;
  for (const spec::RunSpec& run : study.runs) {
    try {
      cluster::require_feasible(run);
    } catch (const ConfigError& error) {
      faults.insert(faults.end(), error.diagnostics().begin(), error.diagnostics().end());
    } catch (const DoesNotFit& error) {
      if (does_not_fit.find(error.what()) == std::string::npos) {
        does_not_fit += fmt::format("run '{}': {}\n", run.id, error.what());
      }
    }
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
  if (!does_not_fit.empty()) {
    does_not_fit.pop_back();
    throw DoesNotFit(does_not_fit);
  }
}

config::LoadOptions asked_by(const RunOptions& options) {
  config::LoadOptions asked{library(), options.sets, options.seed};
  if (options.skip_bad_lines) {
    asked.sets.emplace_back("workload.skip_bad_lines=true");
  }
  return asked;
}

void print_notes(const spec::StudySpec& study, const RunOptions& options) {
  if (!options.quiet && !study.warnings.empty()) {
    fmt::print(stderr, "{}", render(study.warnings));
  }
}

}  // namespace

spec::StudySpec load(const RunOptions& options) {
  spec::StudySpec study = config::load_study(options.study, asked_by(options));
  print_notes(study, options);
  check_runs(study);
  return study;
}

std::optional<spec::PlanStudy> load_plan_if_any(const RunOptions& options) {
  config::LoadOptions asked = asked_by(options);
  asked.with_cards = false;
  auto plan = config::find_plan(options.study, asked);
  if (plan) {
    print_notes(plan->study, options);
  }
  return plan;
}

}  // namespace kvsim::cli
