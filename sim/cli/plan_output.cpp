#include "sim/cli/plan_output.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "sim/base/sha256.hpp"
#include "sim/cli/page.hpp"
#include "sim/report/candidates_csv.hpp"
#include "sim/report/plan_json.hpp"
#include "sim/report/result_json.hpp"

namespace kvsim::cli {
namespace {

constexpr std::array<std::string_view, 6> kPlanOutputs = {
    "plan.json", "candidates.csv", "result.json", "report.md", "report.html", "report.json"};

}  // namespace

PlanOutput::PlanOutput(const std::string& folder) : name_(folder) {
  if (!folder.empty()) {
    folder_ = std::make_unique<report::OutputDirectory>(folder);
  }
}

void PlanOutput::commit(const report::Snapshot& snapshot, const report::Report& page,
                        const spec::StudySpec& study, report::ManifestInfo info) {
  if (!folder_) {
    return;
  }
  report::OutputDirectory& out = *folder_;
  write_page(out, page, snapshot);
  report::write_file(out.path_for("plan.json"), report::plan_json(snapshot.results));
  report::write_file(out.path_for("candidates.csv"), report::candidates_csv(snapshot.results));
  report::write_file(out.path_for("result.json"), report::result_json(snapshot.results));
  report::write_file(out.path_for("report.json"), report::snapshot_json(snapshot));
  for (const std::string_view name : kPlanOutputs) {
    info.outputs.push_back({std::string(name), sha256_of_file(out.path_for(name)).value_or("")});
  }
  report::write_file(out.path_for("manifest.json"),
                     report::manifest_json(info, study, snapshot.results));
  out.commit();
}

void PlanOutput::say() const {
  if (folder_) {
    fmt::print(stderr, "written: {}\n", (std::filesystem::path(name_) / "report.html").string());
  } else {
    fmt::print(stderr,
               "nothing was written; --out DIR keeps every layout, the page and plan.json\n");
  }
}

}  // namespace kvsim::cli
