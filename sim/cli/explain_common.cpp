#include "sim/cli/explain_common.hpp"

#include <fmt/format.h>

#include "sim/cli/terminal.hpp"

namespace kvsim::cli {

spec::StudySpec explained_study(const ExplainOptions& options) {
  config::RunRequest request;
  request.model = options.model;
  request.gpu = options.gpu;
  request.sets = {fmt::format("engine.tensor_parallel_size={}", options.tp),
                  fmt::format("engine.kv_cache_dtype={}", options.kv_cache_dtype)};
  request.sets.insert(request.sets.end(), options.sets.begin(), options.sets.end());
  request.only_explained = true;
  spec::StudySpec study = config::load_run(request, library());
  fmt::print(stderr, "{}", study.warnings.empty() ? "" : render(study.warnings));
  return study;
}

}  // namespace kvsim::cli
