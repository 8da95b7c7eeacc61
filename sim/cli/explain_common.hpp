// What the explain commands share: one resolved run without a study.
#pragma once

#include "sim/cli/options.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

/// The run that the flags describe; prints the loader's notes to stderr.
/// Throws ConfigError, also when the model cannot be cut as asked.
[[nodiscard]] spec::StudySpec explained_study(const ExplainOptions& options);

}  // namespace kvsim::cli
