#include "sim/cli/reference_app.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/reference_commands.hpp"
#include "sim/config/schema.hpp"

namespace kvsim::cli {
namespace {

using Command = std::function<int()>;

constexpr const char* kSchemaFooter = R"(Examples:
  kvsim schema > study.schema.json
  kvsim schema model
  kvsim schema card | python3 -m json.tool)";

constexpr const char* kInitFooter = R"(Examples:
  kvsim init --model llama-3.1-8b --gpu h100-sxm > study.yaml
  kvsim init --model deepseek-v3 --gpu h200-sxm > study.yaml
  kvsim init --model llama-3.1-70b --gpu h100-sxm --tp 8)";

constexpr const char* kMetricFooter = R"(Examples:
  kvsim explain metric
  kvsim explain metric tpot
  kvsim explain metric request_goodput --format json)";

constexpr const char* kDoctorFooter = R"(Examples:
  kvsim doctor
  kvsim doctor | grep -v OK
  kvsim doctor > doctor.txt

Exit codes: 0 fit for work, 1 something that kvsim needs is broken.)";

constexpr const char* kReferenceFooter = R"(Examples:
  kvsim reference --out docs/reference
  kvsim reference --out out/reference
  kvsim reference --out reference)";

void add_schema(CLI::App& app, Command& command) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App* schema = app.add_subcommand("schema", "JSON Schema of the files, for editors");
  const auto& names = config::kDocumentNames;
  schema->add_option("DOCUMENT", options->document, "which kind of file")
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->capture_default_str();
  schema->footer(kSchemaFooter);
  schema->callback([options, &command] { command = [options] { return print_schema(*options); }; });
}

void add_init(CLI::App& app, Command& command) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* init = app.add_subcommand("init", "a commented study to begin with");
  init->add_option("--model", options->model, "a name (see kvsim models) or a path")
      ->capture_default_str();
  init->add_option("--gpu", options->gpu, "a name (see kvsim gpus) or a path")
      ->capture_default_str();
  init->add_option("--tp", options->tp, "tensor_parallel_size; absent: the smallest that fits")
      ->check(CLI::Range(1, 1024));
  init->add_option("--out", options->out, "write here, never over an existing file")
      ->type_name("FILE");
  init->footer(kInitFooter);
  init->callback([options, &command] { command = [options] { return init_study(*options); }; });
}

void add_metric(CLI::App& app, Command& command) {
  auto options = std::make_shared<MetricOptions>();
  CLI::App* metric =
      app.get_subcommand("explain")->add_subcommand("metric", "what a word of the results means");
  metric->add_option("NAME", options->name, "a metric, e.g. tpot; absent: all");
  metric->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  metric->footer(kMetricFooter);
  metric->callback(
      [options, &command] { command = [options] { return explain_metric(*options); }; });
}

void add_doctor(CLI::App& app, Command& command) {
  CLI::App* subcommand =
      app.add_subcommand("doctor", "what is here, and what its absence disables");
  subcommand->footer(kDoctorFooter);
  subcommand->callback([&command] { command = doctor; });
}

// Not app.help(): that speaks of the subcommand being run.
void add_help_pages(CLI::App& app, const std::string& name, std::vector<HelpPage>& pages) {
  pages.push_back({name, app.get_formatter()->make_help(&app, name, CLI::AppFormatMode::Normal)});
  for (CLI::App* next : app.get_subcommands({})) {
    add_help_pages(*next, name + " " + next->get_name(), pages);
  }
}

void add_reference(CLI::App& app, Command& command) {
  auto options = std::make_shared<ReferenceOptions>();
  CLI::App* reference = app.add_subcommand("reference", "write the pages of docs/reference");
  reference->add_option("--out", options->out, "folder to write to")->type_name("DIR")->required();
  reference->footer(kReferenceFooter);
  reference->callback([options, &command, &app] {
    command = [options, &app] {
      std::vector<HelpPage> pages;
      add_help_pages(app, "kvsim", pages);
      return write_reference(*options, pages);
    };
  });
}

}  // namespace

void add_reference_commands(CLI::App& app, Command& command) {
  add_metric(app, command);
  add_init(app, command);
  add_schema(app, command);
  add_doctor(app, command);
  add_reference(app, command);
}

}  // namespace kvsim::cli
