// The commands, each in a file of its own. They print to stdout and answer with an exit code;
// trouble is thrown and reported by main.cpp.
#pragma once

#include "sim/cli/options.hpp"

namespace kvsim::cli {

/// Exit codes, a contract with scripts (DESIGN: errors).
enum ExitCode : int {
  kOk = 0,
  kOurFailure = 1,
  kYourInput = 2,
  kLimitsNotMet = 3,
  kDoesNotFit = 4,
  kInterrupted = 130
};

int run_study(const RunOptions& options);
int plan_study(const RunOptions& options);
int write_report(const ReportOptions& options);
int check_study(const RunOptions& options);
int explain_kv(const ExplainOptions& options);
int explain_memory(const ExplainOptions& options);
int explain_step(const ExplainOptions& options);
int explain_workload(const ExplainOptions& options);
int list_models(const CatalogueOptions& options);
int list_gpus(const CatalogueOptions& options);
int list_slos(const CatalogueOptions& options);
int list_cards(const CatalogueOptions& options);
int list_fits(const FitsOptions& options);
int compare_attention(const CompareAttentionOptions& options);

}  // namespace kvsim::cli
