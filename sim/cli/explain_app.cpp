#include "sim/cli/explain_app.hpp"

#include <CLI/CLI.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/flags.hpp"

namespace kvsim::cli {
namespace {

using Command = std::function<int()>;

constexpr const char* kExplainFooter = R"(Examples:
  kvsim explain kv --model deepseek-v3 --tp 8 --format json
  kvsim explain memory --model llama-3.1-70b --gpu h100-sxm --tp 4
  kvsim explain step --model llama-3.1-8b --batch 64 --context 8192)";

constexpr const char* kKvFooter = R"(Examples:
  kvsim explain kv --model gemma-3-27b --context 32768
  kvsim explain kv --model deepseek-v3 --tp 8 --context 32768 --format json
  kvsim explain kv --model llama-3.1-8b --set "model.attention={variant: mqa}")";

constexpr const char* kMemoryFooter = R"(Examples:
  kvsim explain memory --model llama-3.1-8b --gpu h100-sxm
  kvsim explain memory --model deepseek-v3 --gpu h200-sxm --tp 8 --format json
  kvsim explain memory --model llama-3.1-8b --max-model-len 8192)";

constexpr const char* kStepFooter = R"(Examples:
  kvsim explain step --model llama-3.1-8b --batch 32 --context 1024
  kvsim explain step --model llama-3.1-8b --prefill-tokens 2048 --format json
  kvsim explain step --model deepseek-v3 --tp 8 --dot > step.dot)";

constexpr const char* kWorkloadFooter = R"(Examples:
  kvsim explain workload PATH
  kvsim explain workload PATH --format json
  kvsim explain workload configs/studies/mha-vs-mla.yaml)";

constexpr const char* kSetHelp = "override a key: model.attention.head_dim=64";

void answer_with(CLI::App& app, ExplainOptions& options, Command& command,
                 int (*answer)(const ExplainOptions&)) {
  app.callback(
      [&options, &command, answer] { command = [&options, answer] { return answer(options); }; });
}

void add_kv(CLI::App& explain, ExplainOptions& options, Command& command) {
  CLI::App* kv = explain.add_subcommand("kv", "KV-cache bytes per token, derived");
  add_model(*kv, options.model);
  add_tensor_parallel(*kv, options.engine);
  add_other_parallel(*kv, options.engine);
  add_expert_parallel(*kv, options.engine);
  add_kv_cache_dtype(*kv, options.engine);
  add_block_size(*kv, options.engine);
  add_context(*kv, options.context, "tokens of a sequence; absent: the model's limit");
  add_sets(*kv, options.sets, kSetHelp);
  add_format(*kv, options.format);
  kv->footer(kKvFooter);
  answer_with(*kv, options, command, explain_kv);
}

void add_memory(CLI::App& explain, ExplainOptions& options, Command& command) {
  CLI::App* memory = explain.add_subcommand("memory", "the HBM budget and the KV blocks");
  add_model(*memory, options.model);
  add_gpu(*memory, options.gpu);
  add_tensor_parallel(*memory, options.engine);
  add_other_parallel(*memory, options.engine);
  add_expert_parallel(*memory, options.engine);
  add_kv_cache_dtype(*memory, options.engine);
  add_block_size(*memory, options.engine);
  add_max_model_len(*memory, options.engine);
  add_memory_flags(*memory, options.engine);
  add_sets(*memory, options.sets, kSetHelp);
  add_format(*memory, options.format);
  memory->footer(kMemoryFooter);
  answer_with(*memory, options, command, explain_memory);
}

void add_step(CLI::App& explain, ExplainOptions& options, Command& command) {
  CLI::App* step = explain.add_subcommand("step", "bytes, FLOPs and time of each operator");
  add_model(*step, options.model);
  add_gpu(*step, options.gpu);
  add_tensor_parallel(*step, options.engine);
  add_expert_parallel(*step, options.engine);
  add_kv_cache_dtype(*step, options.engine);
  add_sets(*step, options.sets, kSetHelp);
  add_format(*step, options.format);
  add_context(*step, options.context, "tokens of each sequence");
  step->add_option("--batch", options.batch, "decoding sequences")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  step->add_option("--prefill-tokens", options.prefill_tokens, "new prompt tokens in the step")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  step->add_flag("--dot", options.dot, "print the operators' graph for Graphviz");
  step->footer(kStepFooter);
  answer_with(*step, options, command, explain_step);
}

void add_workload(CLI::App& explain, ExplainOptions& options, Command& command) {
  CLI::App* workload = explain.add_subcommand("workload", "rate, burstiness and lengths");
  workload->add_option("FILE", options.file, "a trace, or a study (YAML)")->required();
  workload->add_option("--format-of", options.format_of, "how to read a trace")
      ->check(CLI::IsMember({"azure", "csv", "mooncake", "burstgpt", "lengths"}));
  workload
      ->add_option("--hash-block-size", options.hash_block_size,
                   "tokens that a block id of the trace stands for (512)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  add_sets(*workload, options.sets, "override a key: a.b=c (repeatable)");
  add_seed(*workload, options.seed);
  workload->add_flag("--skip-bad-lines", options.skip_bad_lines,
                     "count malformed trace lines, go on");
  add_format(*workload, options.format);
  workload->footer(kWorkloadFooter);
  answer_with(*workload, options, command, explain_workload);
}

}  // namespace

void add_explain(CLI::App& app, ExplainOptions& options, Command& command) {
  CLI::App* explain = app.add_subcommand("explain", "show where a number comes from");
  explain->require_subcommand(1);
  explain->footer(kExplainFooter);
  add_kv(*explain, options, command);
  add_memory(*explain, options, command);
  add_step(*explain, options, command);
  add_workload(*explain, options, command);
}

}  // namespace kvsim::cli
