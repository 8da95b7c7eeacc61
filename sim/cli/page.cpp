#include "sim/cli/page.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/report/render.hpp"
#include "sim/report/reproduction.hpp"
#include "sim/report/tables.hpp"

namespace kvsim::cli {

report::Report page_of(const report::Snapshot& snapshot) {
  try {
    return report::make_report(snapshot.results, snapshot.page);
  } catch (const ConfigError& error) {
    throw ConfigError(config::with_places(error.diagnostics()));
  }
}

std::string vega_bundle() {
  const char* named = std::getenv("KVSIM_VEGA_BUNDLE");
  const std::filesystem::path home = library().configs.parent_path();
  std::ifstream file(named != nullptr ? std::filesystem::path(named)
                                      : home / ".venv" / "share" / "kvsim" / "vega_bundle.js",
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string html_of(const report::Report& page, const report::Snapshot& snapshot) {
  const std::string bundle = vega_bundle();
  return report::to_html(
      page,
      {bundle,
       {report::reproduction_table(snapshot.results.study, snapshot.inputs, snapshot.asked)}});
}

void write_page(report::OutputDirectory& out, const report::Report& page,
                const report::Snapshot& snapshot) {
  report::write_file(out.path_for("report.html"), html_of(page, snapshot));
  report::write_file(out.path_for("report.md"), report::to_markdown(page));
}

}  // namespace kvsim::cli
