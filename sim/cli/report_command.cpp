// kvsim report: another look at what was simulated before.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "sim/cli/commands.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/pictures.hpp"
#include "sim/cli/result_files.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/report/render.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

report::Snapshot snapshot_of(const ReportOptions& options) {
  const fs::path path = fs::path(options.folder) / "report.json";
  const std::string file = path.string();
  const auto read_spec = [&](const std::string& resolved) {
    return config::read_resolved(file, resolved);
  };
  report::Snapshot snapshot = report::read_snapshot(
      file, read_whole(path, "kvsim run STUDY.yaml --out DIR writes it; give that folder"),
      read_spec);
  if (!options.page.empty()) {
    snapshot.page = config::load_template(options.page, library());
  }
  return snapshot;
}

void say(const ReportOptions& options, const fs::path& file) {
  if (!options.quiet) {
    fmt::print(stderr, "written: {}\n", file.string());
  }
}

void write(const ReportOptions& options, const report::Report& page,
           const report::Snapshot& snapshot) {
  const fs::path folder = options.out.empty() ? options.folder : options.out;
  if (options.format == "pdf") {
    write_pdf(page, snapshot, folder);
    say(options, folder / "report.pdf");
  } else if (options.format == "html") {
    report::OutputDirectory out(folder);
    write_page(out, page, snapshot);
    out.commit();
    say(options, folder / "report.html");
  } else {
    const fs::path charts = options.out.empty() ? folder / "charts" : folder;
    for (const std::string& name : write_pictures(page, charts, options.format)) {
      say(options, charts / name);
    }
  }
}

}  // namespace

int write_report(const ReportOptions& options) {
  const report::Snapshot snapshot = snapshot_of(options);
  const report::Report page = page_of(snapshot);
  if (options.format == "csv") {
    fmt::print("{}", report::to_csv(page));
  } else if (options.format == "md") {
    fmt::print("{}", report::to_markdown(page));
  } else if (options.format == "table") {
    fmt::print("{}", report::to_terminal(page, {.bold = stdout_is_styled()}));
  } else {
    write(options, page, snapshot);
  }
  return kOk;
}

}  // namespace kvsim::cli
