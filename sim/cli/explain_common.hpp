// What the explain commands share: one resolved run without a study.
#pragma once

#include <string_view>

#include "sim/cli/options.hpp"
#include "sim/model/span.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

/// Accounted: bytes only, so layouts that cannot be simulated yet are welcome.
enum class Purpose { Accounted, Simulated };

/// The run that the flags describe; prints the loader's notes to stderr.
/// Throws ConfigError, also when the model cannot be cut as asked.
[[nodiscard]] spec::StudySpec explained_study(const ExplainOptions& options, Purpose purpose);

/// "full", "window", "chunk" or, of what is kept once per sequence, "state".
[[nodiscard]] std::string_view span_word(const model::Span& span, bool is_state);

}  // namespace kvsim::cli
