#include "sim/cli/app.hpp"

#include <CLI/CLI.hpp>
#include <functional>

#include "kvsim_version.hpp"
#include "sim/cli/calibrate_app.hpp"
#include "sim/cli/catalogue_app.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/completion_app.hpp"
#include "sim/cli/explain_app.hpp"
#include "sim/cli/reference_app.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/report_app.hpp"
#include "sim/cli/results_app.hpp"
#include "sim/cli/study_flags.hpp"
#include "sim/cli/sweep_app.hpp"
#include "sim/cli/timeline_flags.hpp"
#include "sim/cli/usage_error.hpp"
#include "sim/cli/validate_app.hpp"

namespace kvsim::cli {
namespace {

constexpr const char* kMainFooter = R"(Examples:
  kvsim run configs/studies/mha-vs-mla.yaml --out out/mha-vs-mla
  kvsim explain kv --model deepseek-v3 --tp 8 --context 32768
  kvsim explain step --model llama-3.1-8b --batch 32 --context 1024

Exit codes: 0 ok, 1 our failure, 2 your input, 3 limits not met or no plan,
4 does not fit in HBM, 130 interrupted.
Results go to stdout, everything else to stderr.)";

constexpr const char* kRunFooter = R"(Examples:
  kvsim run configs/studies/mha-vs-mla.yaml --out out/mha-vs-mla
  kvsim run study.yaml --set engine.max_num_seqs=64 --replicates 40 --format md
  kvsim run study.yaml --timeline run.json.gz --timeline-window 10s:20s)";

constexpr const char* kPlanFooter = R"(Examples:
  kvsim plan configs/studies/plans/chat-8b.yaml --out out/chat-8b
  kvsim plan study.yaml --set plan.objective=max_throughput
  kvsim plan study.yaml --set 'plan.search.engine.max_num_seqs=[64, 256]'

The study's 'plan' says what to find and among which layouts.
Exit code 3: no layout will do; the nearest is named, and what would mend it.)";

constexpr const char* kCheckFooter = R"(Examples:
  kvsim check configs/studies/mha-vs-mla.yaml
  kvsim check study.yaml --set engine.tensor_parallel_size=4
  kvsim check study.yaml --set cluster.gpu=h200-sxm)";

using Command = std::function<int()>;

void add_run(CLI::App& app, RunOptions& options, Command& command) {
  CLI::App* run = app.add_subcommand("run", "simulate a study and report");
  add_study_flags(*run, options);
  run->add_option("--out", options.out, "folder for report.html, result.json, ...")
      ->type_name("DIR");
  run->add_option("--jobs", options.jobs, "runs side by side; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_replicates(*run, options.replicate, "runs for error bars; 0: none");
  run->add_option("--stepper", options.stepper, "same results: macro jumps, step does not")
      ->check(CLI::IsMember({"macro", "step"}))
      ->capture_default_str();
  run->add_option("--schedule-trace", options.schedule_trace,
                  "each step's decisions, one JSON line each")
      ->type_name("FILE.jsonl")
      ->check([](const std::string& name) {
        return name.ends_with(".jsonl") ? std::string() : "give a name that ends in .jsonl";
      });
  run->add_option("--points", options.points,
                  "folder of finished points, which stay;\n"
                  "absent: DIR.points while the run lasts")
      ->type_name("DIR");
  run->add_flag("--keep-points", options.keep_points, "leave DIR.points in place");
  add_timeline(*run, options.timeline, options.timeline_limits);
  add_page_flags(*run, options);
  run->add_flag("--strict", options.strict, "refuse extrapolated prices (exit 2)");
  run->add_flag("--fail-on-slo", options.fail_on_slo, "exit 3 when a limit is missed");
  run->footer(kRunFooter);
  run->callback([&] { command = [&] { return run_study(options); }; });
}

void add_plan(CLI::App& app, RunOptions& options, Command& command) {
  CLI::App* plan = app.add_subcommand("plan", "find the best layout within the limits");
  add_study_flags(*plan, options);
  plan->add_option("--out", options.out, "folder for report.html, plan.json, candidates.csv, ...")
      ->type_name("DIR");
  plan->add_option("--jobs", options.jobs, "simulations side by side; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  plan->add_option("--format", options.format, "what to print; csv: every layout")
      ->check(CLI::IsMember({"table", "json", "csv", "md"}))
      ->capture_default_str();
  plan->add_option("--template", options.page, "page to write; absent: as the study says")
      ->type_name("NAME|FILE.yaml");
  plan->footer(kPlanFooter);
  plan->callback([&] { command = [&] { return plan_study(options); }; });
}

void add_check(CLI::App& app, RunOptions& options, Command& command) {
  CLI::App* check = app.add_subcommand("check", "validate, resolve and fit; writes nothing");
  add_study_flags(*check, options);
  check->footer(kCheckFooter);
  check->callback([&] { command = [&] { return check_study(options); }; });
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
  Command command;
  add_run(app, run_options, command);
  add_plan(app, run_options, command);
  add_check(app, run_options, command);
  add_sweep(app, command, run_options.argv);
  add_report(app, command);
  add_results_commands(app, command);
  add_explain(app, explain_options, command);
  add_catalogue_commands(app, command);
  add_calibrate(app, command);
  add_validate(app, command);
  add_reference_commands(app, command);
  add_completion(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw usage_error(error.what(), app, argc, argv);
  }
  return command();
}

}  // namespace kvsim::cli
