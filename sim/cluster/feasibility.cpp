#include "sim/cluster/feasibility.hpp"

#include <fmt/format.h>

#include "sim/memory/hbm_budget.hpp"
#include "sim/model/parallel.hpp"

namespace kvsim::cluster {
namespace {

void add(std::vector<Diagnostic>& faults, const spec::RunSpec& run, std::string path,
         std::string message, std::string way_out) {
  faults.push_back({.place = {fmt::format("run '{}'", run.id), 0, 0},
                    .message = std::move(message),
                    .path = std::move(path),
                    .source_line = {},
                    .notes = {std::move(way_out)}});
}

void check_lengths(std::vector<Diagnostic>& faults, const spec::RunSpec& run) {
  const std::int64_t longest = run.model.max_position_embeddings;
  const std::int64_t max_model_len = run.engine.max_model_len.value_or(longest);
  if (max_model_len > longest) {
    add(faults, run, "engine.max_model_len",
        fmt::format("{} is more than the {} positions of {}", max_model_len, longest,
                    run.model.name),
        "lower it, or raise model.max_position_embeddings if the model was extended");
  }
  const std::int64_t budget = run.engine.max_num_batched_tokens.value();
  if (!run.engine.enable_chunked_prefill && budget < max_model_len) {
    add(faults, run, "engine.max_num_batched_tokens",
        fmt::format("{} is below max_model_len {} while chunked prefill is off", budget,
                    max_model_len),
        "a whole prompt must fit into one step: raise it, or enable_chunked_prefill: true");
  }
}

}  // namespace

void require_feasible(const spec::RunSpec& run) {
  std::vector<Diagnostic> faults;
  if (const auto problem = model::parallelism_problem(run.model, model::parallel_of(run.engine))) {
    add(faults, run, "engine", *problem,
        "choose another tensor_parallel_size or enable_expert_parallel");
  }
  check_lengths(faults, run);
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
  static_cast<void>(memory::hbm_budget(run.model, run.cluster.gpu, run.engine));
}

}  // namespace kvsim::cluster
