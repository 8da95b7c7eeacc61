#include "sim/cli/report_app.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/commands.hpp"

namespace kvsim::cli {
namespace {

constexpr const char* kReportFooter = R"(Examples:
  kvsim report out/mha-vs-mla --template capacity --format table
  kvsim report out/mha-vs-mla --template my-page.yaml --format md
  kvsim report out/mha-vs-mla --format csv

html writes report.html and report.md, pdf report.pdf, svg and png one file for
each chart in DIR/charts; table, md and csv are printed. Nothing is simulated.
Templates: reports/templates; 'kvsim schema report' says what one may hold.)";

}  // namespace

void add_report(CLI::App& app, std::function<int()>& command) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* report = app.add_subcommand("report", "write a report again, in another form");
  report->add_option("DIR", options->folder, "what kvsim run --out wrote")->required();
  report->add_option("--template", options->page, "a name in reports/templates, or a path");
  report->add_option("--format", options->format, "what to write or print")
      ->check(CLI::IsMember({"html", "md", "csv", "table", "pdf", "svg", "png"}))
      ->capture_default_str();
  report->add_option("--out", options->out, "folder to write to; absent: DIR")->type_name("DIR");
  report->add_flag("--quiet", options->quiet, "do not say what was written");
  report->footer(kReportFooter);
  report->callback([options, &command] { command = [options] { return write_report(*options); }; });
}

}  // namespace kvsim::cli
