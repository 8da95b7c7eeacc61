#include "sim/cli/pictures.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/programs.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/report/pictures.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

std::string last_words(const fs::path& log) {
  std::ifstream file(log);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  constexpr std::size_t kMost = 400;
  return text.size() > kMost ? text.substr(text.size() - kMost) : text;
}

}  // namespace

std::vector<std::string> write_pictures(const report::Report& page, const fs::path& folder,
                                        const std::string& format) {
  const fs::path python = chart_python();
  const fs::path script = library().configs.parent_path() / "reports" / "pictures.py";
  if (python.empty()) {
    refuse_input({"--format " + format}, "charts are drawn by vl-convert, which is not here",
                 {"./dev demo installs it into .venv; report.html needs none"});
  }
  report::OutputDirectory out(folder);
  fs::path aside;
  std::vector<std::string> names;
  for (const report::Picture& picture : report::pictures_of(page)) {
    names.push_back(fmt::format("{}.{}", picture.name, format));
    aside = out.path_for(names.back()).parent_path();
    report::write_file(aside / (picture.name + ".json"), picture.spec);
  }
  if (names.empty()) {
    refuse_input({"--format " + format}, "this page has no charts",
                 {"a template may ask for some: kvsim schema report"});
  }
  if (!run_program(python, {script.string(), format, aside.string()}, aside / "log")) {
    refuse_input({"--format " + format},
                 fmt::format("vl-convert failed: {}", last_words(aside / "log")),
                 {"'kvsim doctor' says what is here"});
  }
  out.commit();
  return names;
}

void write_pdf(const report::Report& page, const report::Snapshot& snapshot,
               const fs::path& folder) {
  const fs::path browser = chromium();
  if (browser.empty()) {
    refuse_input({"--format pdf"}, "a browser prints the page, and none is here",
                 {"install chromium, or name one: KVSIM_CHROMIUM=PATH"});
  }
  report::OutputDirectory out(folder);
  const fs::path pdf = fs::absolute(out.path_for("report.pdf"));
  const fs::path html = pdf.parent_path() / "report.html";
  report::write_file(html, html_of(page, snapshot));
  const fs::path profile = pdf.parent_path() / "profile";
  // --no-sandbox: it refuses to run as root otherwise; the page is our own and has no network.
  const bool printed =
      run_program(browser,
                  {"--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                   "--virtual-time-budget=20000", "--user-data-dir=" + profile.string(),
                   "--print-to-pdf=" + pdf.string(), "file://" + html.string()},
                  pdf.parent_path() / "log");
  std::error_code missing;
  if (!printed || fs::file_size(pdf, missing) == 0 || missing) {
    refuse_input({"--format pdf"},
                 fmt::format("the browser failed: {}", last_words(pdf.parent_path() / "log")),
                 {"'kvsim doctor' says what is here"});
  }
  out.commit();
}

}  // namespace kvsim::cli
