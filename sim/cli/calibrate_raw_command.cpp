// kvsim calibrate fit --raw: what kvsim-calibrate measured on a GPU, to a card per operator and
// format.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "calibration/fit/fit_card.hpp"
#include "calibration/fit/raw_samples.hpp"
#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/report/card_yaml.hpp"

namespace kvsim::cli {
namespace {

using Manifest = nlohmann::json;

// Samples without device, driver, date and commit are no measurement.
Manifest load_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "manifest.json";
  std::ifstream file(path);
  if (!file) {
    refuse(fmt::format("{}: not found", path.string()),
           "give the folder that kvsim-calibrate --out wrote");
  }
  const Manifest manifest = Manifest::parse(file, nullptr, false);
  for (const char* key : {"program", "device", "driver", "date", "commit"}) {
    if (!manifest.is_object() || !manifest.contains(key) || !manifest[key].is_string()) {
      refuse(fmt::format("{}: has no {}", path.string(), key),
             "give the folder that kvsim-calibrate --out wrote");
    }
  }
  return manifest;
}

std::string gpu_of(const Manifest& manifest, const FitOptions& options) {
  const std::string measured = manifest.value("gpu", "");
  const bool is_default = options.gpu == FitOptions().gpu;
  if (measured.empty() && is_default) {
    refuse(fmt::format("the catalogue has no '{}'", manifest["device"].get<std::string>()),
           "say --gpu NAME, or write a GPU file for it");
  }
  if (!measured.empty() && !is_default && options.gpu != measured) {
    refuse(fmt::format("these samples are of {}, not of {}", measured, options.gpu), "");
  }
  return measured.empty() ? options.gpu : measured;
}

std::string dashed(std::string text) {
  for (char& c : text) {
    c = c == '_' || c == '/' ? '-' : c;
  }
  return text;
}

bool is_wanted(const fit::RawGroup& group, const FitOptions& options) {
  return (options.op.empty() || table_operator(options.op) == group.op) &&
         (options.rows.dtype.empty() || options.rows.dtype == group.dtype);
}

fit::CardOrigin origin_of(const Manifest& manifest, const fit::RawGroup& group,
                          const fit::Samples& samples, const std::string& gpu) {
  fit::CardOrigin origin;
  origin.stack = fit::kOwnStack;
  origin.kernel = *samples.kernels.begin();
  origin.dtype = group.dtype;
  origin.name = fmt::format("{}/{}/{}/{}", gpu, spec::name_of(group.op, spec::kCardOperatorNames),
                            origin.stack, group.dtype);
  const auto text = [&](const char* key) { return manifest[key].get<std::string>(); };
  origin.source = fmt::format("{} {} on {}, driver {}, {}", text("program"), text("commit"),
                              text("device"), text("driver"), text("date"));
  origin.provenance = spec::Provenance::Measured;
  return origin;
}

void fit_group(const fit::CsvTable& raw, const fit::RawGroup& group, const Manifest& manifest,
               const spec::GpuSpec& gpu, const FitOptions& options) {
  const fit::RawTable table = fit::table_of(raw, group);
  const fit::Samples samples = fit::samples_of(group.op, table.table, {}, gpu);
  fit::CardFit fitted =
      fit::fit_card(group.op, samples, gpu, origin_of(manifest, group, samples, gpu.name));
  fitted.card.transfer_to = options.transfer_to;
  const std::filesystem::path path =
      std::filesystem::path(options.out) / (dashed(fitted.card.name) + ".yaml");
  write_whole(path.string(), report::card_yaml(fitted.card));
  const spec::CardErrors& errors = fitted.card.residuals.all;
  fmt::print("{}: {} samples fitted ({}), {} above the streaming peak left out, {} rejected\n",
             fitted.card.name, fitted.fitted, fitted.law, table.above_peak,
             fitted.card.residuals.rejected);
  fmt::print("  held out, {}: mean error {}, p95 {}; written to {}\n", fitted.card.residuals.folds,
             percent(errors.mape.value_or(0)), percent(errors.p95.value_or(0)), path.string());
}

}  // namespace

int calibrate_fit_raw(const FitOptions& options) {
  if (!options.table.empty()) {
    refuse("--table and --raw exclude each other", "give one of them");
  }
  const std::filesystem::path folder(options.raw);
  const Manifest manifest = load_manifest(folder);
  const spec::GpuSpec gpu = config::load_gpu(gpu_of(manifest, options), library());
  const fit::CsvTable raw = fit::CsvTable::load((folder / "raw.csv").string());
  int cards = 0;
  for (const fit::RawGroup& group : fit::groups_of(raw)) {
    if (is_wanted(group, options)) {
      fit_group(raw, group, manifest, gpu, options);
      ++cards;
    }
  }
  if (cards == 0) {
    refuse(fmt::format("{}: no samples of this operator and format", options.raw),
           "kvsim-calibrate --dry-run shows what is measured");
  }
  return kOk;
}

}  // namespace kvsim::cli
