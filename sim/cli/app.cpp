#include "sim/cli/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>
#include <limits>

#include "kvsim_version.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/reference_app.hpp"
#include "sim/cli/usage_error.hpp"

namespace kvsim::cli {
namespace {

constexpr const char* kMainFooter = R"(Examples:
  kvsim run configs/studies/mha-vs-mla.yaml --out out/mha-vs-mla
  kvsim explain kv --model deepseek-v3 --tp 8 --context 32768
  kvsim explain step --model llama-3.1-8b --batch 32 --context 1024

Exit codes: 0 ok, 1 our failure, 2 your input, 3 limits not met,
4 does not fit in HBM, 130 interrupted.
Results go to stdout, everything else to stderr.)";

constexpr const char* kRunFooter = R"(Examples:
  kvsim run configs/studies/mha-vs-mla.yaml --out out/mha-vs-mla
  kvsim run study.yaml --set engine.max_num_seqs=64 --seed 1 --format json
  kvsim run configs/studies/azure-conv.yaml --set workload.trace=PATH)";

constexpr const char* kCheckFooter = R"(Examples:
  kvsim check configs/studies/mha-vs-mla.yaml
  kvsim check study.yaml --set engine.tensor_parallel_size=4
  kvsim check study.yaml --set cluster.gpu=h200-sxm)";

constexpr const char* kExplainFooter = R"(Examples:
  kvsim explain kv --model deepseek-v3 --tp 8 --format json
  kvsim explain memory --model llama-3.1-70b --gpu h100-sxm --tp 4
  kvsim explain step --model llama-3.1-8b --batch 64 --context 8192)";

constexpr const char* kKvFooter = R"(Examples:
  kvsim explain kv --model llama-3.1-8b
  kvsim explain kv --model deepseek-v3 --tp 8 --context 32768 --format json
  kvsim explain kv --model llama-3.1-8b --set "model.attention={variant: mqa}")";

constexpr const char* kMemoryFooter = R"(Examples:
  kvsim explain memory --model llama-3.1-8b --gpu h100-sxm
  kvsim explain memory --model deepseek-v3 --gpu h200-sxm --tp 8 --format json
  kvsim explain memory --model llama-3.1-8b --set engine.max_model_len=8192)";

constexpr const char* kStepFooter = R"(Examples:
  kvsim explain step --model llama-3.1-8b --batch 32 --context 1024
  kvsim explain step --model llama-3.1-8b --prefill-tokens 2048 --format json
  kvsim explain step --model deepseek-v3 --tp 8 --dot > step.dot)";

constexpr const char* kWorkloadFooter = R"(Examples:
  kvsim explain workload PATH
  kvsim explain workload PATH --format json
  kvsim explain workload configs/studies/mha-vs-mla.yaml)";

constexpr const char* kListFooter = R"(Examples:
  kvsim models
  kvsim gpus --format json
  kvsim cards)";

// Collects the command that was chosen; it runs after parsing, outside CLI11.
struct Chosen {
  std::function<int()> command;
};

// CLI11 would wrap a negative or a too large number without a word.
void add_seed(CLI::App& app, std::uint64_t& seed) {
  const auto parse = [&seed](const std::string& text) {
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, seed);
    if (error != std::errc() || last != end) {
      throw CLI::ValidationError("--seed",
                                 fmt::format("'{}' is not a whole number from 0 to {}", text,
                                             std::numeric_limits<std::uint64_t>::max()));
    }
  };
  app.add_option_function<std::string>("--seed", parse, "seed of all random streams")
      ->type_name("UINT")
      ->default_str("0");
}

void add_study_flags(CLI::App& app, RunOptions& options) {
  app.add_option("STUDY", options.study, "study file (YAML)")->required();
  app.add_option("--set", options.sets, "override a key: a.b=c (repeatable)")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  add_seed(app, options.seed);
  app.add_flag("--skip-bad-lines", options.skip_bad_lines, "count malformed trace lines, go on");
  app.add_flag("--quiet", options.quiet, "no notes and no progress on stderr");
}

void add_run(CLI::App& app, RunOptions& options, Chosen& chosen) {
  CLI::App* run = app.add_subcommand("run", "simulate a study and report");
  add_study_flags(*run, options);
  run->add_option("--out", options.out, "folder for report.html, result.json, ...")
      ->type_name("DIR");
  run->add_option("--jobs", options.jobs, "runs side by side; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  run->add_option("--stepper", options.stepper, "step: one step at a time")
      ->check(CLI::IsMember({"step", "macro"}))
      ->capture_default_str();
  run->add_option("--format", options.format, "what to print")
      ->check(CLI::IsMember({"table", "json", "csv", "md", "vllm"}))
      ->capture_default_str();
  run->add_flag("--strict", options.strict, "refuse extrapolated prices (exit 2)");
  run->add_flag("--fail-on-slo", options.fail_on_slo, "exit 3 when a limit is missed");
  run->footer(kRunFooter);
  run->callback([&] { chosen.command = [&] { return run_study(options); }; });
}

void add_check(CLI::App& app, RunOptions& options, Chosen& chosen) {
  CLI::App* check = app.add_subcommand("check", "validate, resolve and fit; writes nothing");
  add_study_flags(*check, options);
  check->footer(kCheckFooter);
  check->callback([&] { chosen.command = [&] { return check_study(options); }; });
}

void add_explain_flags(CLI::App& app, ExplainOptions& options, bool needs_gpu) {
  app.add_option("--model", options.model, "a name (see kvsim models) or a path")->required();
  if (needs_gpu) {
    app.add_option("--gpu", options.gpu, "a name (see kvsim gpus) or a path")
        ->capture_default_str();
  }
  app.add_option("--tp", options.tp, "tensor_parallel_size")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--kv-cache-dtype", options.kv_cache_dtype, "auto, bf16, fp16 or fp8")
      ->capture_default_str();
  app.add_option("--set", options.sets, "override a key: model.attention.head_dim=64")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  app.add_option("--format", options.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

void add_context(CLI::App& app, ExplainOptions& options) {
  app.add_option("--context", options.context, "tokens of each sequence")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
}

void add_explain_workload(CLI::App& explain, ExplainOptions& options, Chosen& chosen) {
  CLI::App* workload = explain.add_subcommand("workload", "rate, burstiness and lengths");
  workload->add_option("FILE", options.file, "a trace, or a study (YAML)")->required();
  workload->add_option("--format-of", options.format_of, "how to read a trace")
      ->check(CLI::IsMember({"azure", "csv", "mooncake", "burstgpt", "lengths"}));
  workload->add_option("--set", options.sets, "override a key: a.b=c (repeatable)")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  add_seed(*workload, options.seed);
  workload->add_flag("--skip-bad-lines", options.skip_bad_lines,
                     "count malformed trace lines, go on");
  workload->add_option("--format", options.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  workload->footer(kWorkloadFooter);
  workload->callback([&] { chosen.command = [&] { return explain_workload(options); }; });
}

void add_explain(CLI::App& app, ExplainOptions& options, Chosen& chosen) {
  CLI::App* explain = app.add_subcommand("explain", "show where a number comes from");
  explain->require_subcommand(1);
  explain->footer(kExplainFooter);
  CLI::App* kv = explain->add_subcommand("kv", "KV-cache bytes per token, derived");
  add_explain_flags(*kv, options, false);
  add_context(*kv, options);
  kv->footer(kKvFooter);
  kv->callback([&] { chosen.command = [&] { return explain_kv(options); }; });
  CLI::App* memory = explain->add_subcommand("memory", "the HBM budget and the KV blocks");
  add_explain_flags(*memory, options, true);
  memory->footer(kMemoryFooter);
  memory->callback([&] { chosen.command = [&] { return explain_memory(options); }; });
  CLI::App* step = explain->add_subcommand("step", "bytes, FLOPs and time of each operator");
  add_explain_flags(*step, options, true);
  add_context(*step, options);
  step->add_option("--batch", options.batch, "decoding sequences")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  step->add_option("--prefill-tokens", options.prefill_tokens, "new prompt tokens in the step")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  step->add_flag("--dot", options.dot, "print the operators' graph for Graphviz");
  step->footer(kStepFooter);
  step->callback([&] { chosen.command = [&] { return explain_step(options); }; });
  add_explain_workload(*explain, options, chosen);
}

void add_list(CLI::App& app, const char* name, const char* help, CatalogueOptions& options,
              Chosen& chosen, int (*command)(const CatalogueOptions&)) {
  CLI::App* list = app.add_subcommand(name, help);
  list->add_option("--format", options.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  list->footer(kListFooter);
  list->callback([&options, &chosen, command] {
    chosen.command = [&options, command] { return command(options); };
  });
}

}  // namespace

int run_app(int argc, char** argv) {
  CLI::App app{"kvsim: how fast, how many, how much memory? LLM inference, simulated.", "kvsim"};
  app.set_version_flag("--version", std::string("kvsim ") + KVSIM_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(26);  // help fits 80 columns
  app.footer(kMainFooter);
  RunOptions run_options;
  run_options.argv.assign(argv, argv + argc);
  ExplainOptions explain_options;
  CatalogueOptions catalogue_options;
  Chosen chosen;
  add_run(app, run_options, chosen);
  add_check(app, run_options, chosen);
  add_explain(app, explain_options, chosen);
  add_list(app, "models", "the models that are known", catalogue_options, chosen, list_models);
  add_list(app, "gpus", "the GPUs that are known", catalogue_options, chosen, list_gpus);
  add_list(app, "cards", "what prices operators", catalogue_options, chosen, list_cards);
  add_reference_commands(app, chosen.command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw usage_error(error.what(), app, argc, argv);
  }
  return chosen.command();
}

}  // namespace kvsim::cli
