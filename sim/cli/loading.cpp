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

}  // namespace

spec::StudySpec load(const RunOptions& options) {
  std::vector<std::string> sets = options.sets;
  if (options.skip_bad_lines) {
    sets.emplace_back("workload.skip_bad_lines=true");
  }
  spec::StudySpec study = config::load_study(options.study, {library(), sets, options.seed});
  if (!options.quiet && !study.warnings.empty()) {
    fmt::print(stderr, "{}", render(study.warnings));
  }
  check_runs(study);
  return study;
}

}  // namespace kvsim::cli
