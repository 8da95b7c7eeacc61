#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/table_parts.hpp"
#include "sim/spec/vllm_log.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

Cell per_token_cell(BytesPerToken value) { return memory_cell(Bytes(value.value())); }

// The run with the largest KV cache per token; the others are compared with it.
const RunResult& largest_kv(const std::vector<RunResult>& runs) {
  return *std::max_element(runs.begin(), runs.end(), [](const RunResult& a, const RunResult& b) {
    return a.memory.kv_bytes_per_token < b.memory.kv_bytes_per_token;
  });
}

Cell times_smaller(BytesPerToken largest, BytesPerToken own) {
  return own.value() == 0
             ? no_cell()
             : ratio_cell(static_cast<double>(largest.value()) / static_cast<double>(own.value()));
}

// Windows, chunks and states: bytes that a long context does not add to.
bool keeps_a_constant(const RunResult& run) {
  return run.memory.kv_bytes_per_sequence_constant.value() > 0;
}

void add_kv_ratios(std::vector<RunColumn>& columns, const RunResult& largest) {
  const BytesPerToken total = largest.memory.kv_bytes_per_token;
  const BytesPerToken per_gpu = largest.memory.kv_bytes_per_token_per_gpu;
  columns.push_back({"kv_reduction", fmt::format("smaller than {}, in total", largest.spec.variant),
                     "", [total](const RunResult& run) {
                       return times_smaller(total, run.memory.kv_bytes_per_token);
                     }});
  columns.push_back({"kv_reduction_per_gpu",
                     fmt::format("smaller than {}, per GPU", largest.spec.variant), "",
                     [per_gpu](const RunResult& run) {
                       return times_smaller(per_gpu, run.memory.kv_bytes_per_token_per_gpu);
                     }});
}

std::string log_lines(const std::string& label, const spec::HbmBudget& memory) {
  if (!fits(memory)) {
    return fmt::format("{}: nothing is left for the KV cache; vLLM would not start.", label);
  }
  const auto [tokens, concurrency] = spec::vllm_log_lines(memory);
  return fmt::format("{}: vLLM would log \"{}\" and \"{}\".", label, tokens, concurrency);
}

auto numbers_of(const spec::HbmBudget& m) {
  return std::tuple(m.total, m.requested, m.weights, m.peak_activation, m.non_torch, m.cuda_graphs,
                    m.available_kv, m.kv_bytes_per_token_per_gpu, m.block_bytes, m.num_gpu_blocks,
                    m.blocks_per_sequence, m.kv_cache_tokens, m.max_model_len);
}

// The rates of a sweep share one budget: a row for each different one.
std::vector<std::vector<std::size_t>> runs_by_budget(const std::vector<RunResult>& runs) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      const RunResult& other = runs[group.front()];
      return other.spec.variant == runs[i].spec.variant &&
             numbers_of(other.memory) == numbers_of(runs[i].memory);
    });
    if (same != groups.end()) {
      same->push_back(i);
    } else {
      groups.push_back({i});
    }
  }
  return groups;
}

std::vector<Column> memory_columns() {
  return {{"", "run", "", true},
          {"total_bytes", "total, as CUDA reports", ""},
          {"requested_bytes", "× gpu_memory_utilization", ""},
          {"weights_bytes", "− weights", ""},
          {"peak_activation_bytes", "− peak activation", ""},
          {"non_torch_bytes", "− outside torch", ""},
          {"cuda_graph_bytes", "− CUDA graphs", ""},
          {"available_kv_bytes", "= left for KV", ""},
          {"block_bytes", "÷ one block", ""},
          {"num_gpu_blocks", "= blocks", ""},
          {"blocks_per_sequence", "÷ blocks of one sequence", ""},
          {"kv_cache_tokens", "KV tokens (one block is reserved)", ""},
          {"max_model_len", "of max_model_len", "tokens"},
          {"max_concurrency", "= sequences", ""}};
}

Row memory_row(const spec::HbmBudget& m, std::string label, std::vector<std::size_t> runs) {
  return {
      std::move(runs),
      "",
      {text_cell(std::move(label)), memory_cell(m.total), memory_cell(m.requested),
       memory_cell(m.weights), memory_cell(m.peak_activation), memory_cell(m.non_torch),
       memory_cell(m.cuda_graphs), memory_cell(m.available_kv), memory_cell(m.block_bytes),
       count_cell(m.num_gpu_blocks), count_cell(m.blocks_per_sequence),
       count_cell(m.kv_cache_tokens), count_cell(m.max_model_len), number_cell(m.max_concurrency)}};
}

std::string group_label(const Subject& subject, const std::vector<std::size_t>& group,
                        std::size_t groups_of_variant) {
  const bool whole_variant = groups_of_variant == 1 && group.size() > 1;
  return whole_variant ? subject.results.runs[group.front()].spec.variant
                       : subject.labels[group.front()] + (group.size() > 1 ? " and others" : "");
}

// The rates of a sweep share their budget: one row for all of them.
Table table_of_budgets(std::string title, const Subject& subject,
                       const std::vector<RunColumn>& columns) {
  Table table = table_of_runs(std::move(title), subject, columns);
  std::vector<Row> rows;
  for (const BudgetGroup& group : groups_by_budget(subject)) {
    Row row = std::move(table.rows[group.runs.front()]);
    row.runs = group.runs;
    row.cells.front() = text_cell(group.label);
    rows.push_back(std::move(row));
  }
  table.rows = std::move(rows);
  return table;
}

}  // namespace

std::vector<BudgetGroup> groups_by_budget(const Subject& subject) {
  std::vector<BudgetGroup> named;
  const auto groups = runs_by_budget(subject.results.runs);
  const auto variant_of = [&](const std::vector<std::size_t>& group) {
    return subject.results.runs[group.front()].spec.variant;
  };
  for (const auto& group : groups) {
    const auto of_variant = std::count_if(groups.begin(), groups.end(), [&](const auto& other) {
      return variant_of(other) == variant_of(group);
    });
    named.push_back({group, group_label(subject, group, static_cast<std::size_t>(of_variant))});
  }
  return named;
}

Table capacity_table(const Subject& subject) {
  const auto& runs = subject.results.runs;
  std::vector<RunColumn> columns = {
      {"kv_bytes_per_token", "KV cache per token", "",
       [](const RunResult& run) { return per_token_cell(run.memory.kv_bytes_per_token); }},
      {"kv_bytes_per_token_per_gpu", "the same on each GPU", "",
       [](const RunResult& run) { return per_token_cell(run.memory.kv_bytes_per_token_per_gpu); }}};
  if (std::any_of(runs.begin(), runs.end(), keeps_a_constant)) {
    columns.push_back({"kv_bytes_per_sequence_constant", "beside that, per sequence", "",
                       [](const RunResult& run) {
                         return memory_cell(run.memory.kv_bytes_per_sequence_constant);
                       }});
  }
  if (variant_names(runs).size() > 1) {
    add_kv_ratios(columns, largest_kv(runs));
  }
  const std::vector<RunColumn> rest = {
      {"weights_bytes", "weights per GPU", "",
       [](const RunResult& run) { return memory_cell(run.memory.weights); }},
      {"kv_cache_tokens", "KV tokens that fit", "per replica",
       [](const RunResult& run) { return count_cell(run.memory.kv_cache_tokens); }},
      {"max_concurrency", "sequences of max_model_len", "",
       [](const RunResult& run) { return number_cell(run.memory.max_concurrency); }},
      {"mean_sequences_that_fit", "sequences of mean length", "",
       [](const RunResult& run) { return number_cell(mean_sequences_that_fit(run)); }}};
  columns.insert(columns.end(), rest.begin(), rest.end());
  Table table = table_of_budgets("What fits", subject, columns);
  table.in_brief = true;
  return table;
}

Table memory_table(const Subject& subject) {
  Table table{.title = "Memory of one GPU", .columns = memory_columns(), .rows = {}};
  table.may_turn = true;
  for (const BudgetGroup& group : groups_by_budget(subject)) {
    const RunResult& first = subject.results.runs[group.runs.front()];
    table.rows.push_back(memory_row(first.memory, group.label, group.runs));
    table.notes.push_back(log_lines(group.label, first.memory));
  }
  return table;
}

}  // namespace kvsim::report
