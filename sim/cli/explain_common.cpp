#include "sim/cli/explain_common.hpp"

#include <fmt/format.h>

#include "sim/cli/terminal.hpp"

namespace kvsim::cli {

spec::StudySpec explained_study(const ExplainOptions& options, Purpose purpose) {
  config::RunRequest request;
  request.model = options.model;
  request.gpu = options.gpu;
  request.sets = options.engine;
  request.sets.insert(request.sets.end(), options.sets.begin(), options.sets.end());
  request.only_explained = purpose == Purpose::Accounted;
  spec::StudySpec study = config::load_run(request, library());
  fmt::print(stderr, "{}", study.warnings.empty() ? "" : render(study.warnings));
  return study;
}

std::string_view span_word(const model::Span& span, bool is_state) {
  if (is_state) {
    return "state";
  }
  switch (span.kind) {
    case model::SpanKind::Full:
      return "full";
    case model::SpanKind::Window:
      return "window";
    case model::SpanKind::Chunk:
      return "chunk";
  }
  return "full";
}

}  // namespace kvsim::cli
