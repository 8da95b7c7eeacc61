// kvsim models, gpus, cards: what is known, with sources.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// JSON keeps every cell as the text of the table: a catalogue is for reading.
void print(const CatalogueOptions& options, const std::vector<std::string>& header,
           const Rows& rows) {
  if (options.format != "json") {
    fmt::print("{}", text_table(header, rows));
    return;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    nlohmann::ordered_json entry;
    for (std::size_t i = 0; i < header.size(); ++i) {
      entry[header[i]] = row[i];
    }
    list.push_back(entry);
  }
  fmt::print("{}\n", list.dump(2));
}

std::string error_text(const spec::CardResiduals& residuals) {
  const auto percent = [](double value) { return fmt::format("{:.1f} %", 100 * value); };
  if (residuals.mape) {
    return percent(*residuals.mape) + " mean";
  }
  if (residuals.median) {
    return percent(*residuals.median) + " median";
  }
  return residuals.p95 ? percent(*residuals.p95) + " p95" : "-";
}

}  // namespace

int list_models(const CatalogueOptions& options) {
  Rows rows;
  for (const spec::ModelSpec& model : config::load_models(library())) {
    rows.push_back(
        {model.name,
         std::string(spec::name_of(model.attention.variant, spec::kAttentionVariantNames)),
         fmt::format("{:.2f}", static_cast<double>(model::parameter_count(model)) / 1e9),
         fmt::format("{:.2f}", static_cast<double>(model::active_parameter_count(model)) / 1e9),
         fmt::format("{}", model::kv_bytes_per_token(model, model.dtype).value()), model.source});
  }
  print(options, {"model", "attention", "B params", "B active", "KV B/token", "source"}, rows);
  return kOk;
}

int list_gpus(const CatalogueOptions& options) {
  Rows rows;
  for (const spec::GpuSpec& gpu : config::load_gpus(library())) {
    rows.push_back({gpu.name, format_bytes(static_cast<double>(gpu.hbm.capacity.value())),
                    fmt::format("{:.3f}", gpu.hbm.bandwidth.value() / 1e12),
                    fmt::format("{:.0f}", gpu.peak.bf16.value() / 1e12),
                    gpu.peak.fp8 ? fmt::format("{:.0f}", gpu.peak.fp8->value() / 1e12) : "-",
                    gpu.source});
  }
  print(options, {"gpu", "HBM", "TB/s", "TFLOP/s bf16", "TFLOP/s fp8", "source"}, rows);
  return kOk;
}

int list_cards(const CatalogueOptions& options) {
  Rows rows;
  for (const spec::CardSpec& card : config::load_cards(library())) {
    rows.push_back({card.name, std::string(spec::name_of(card.op, spec::kCardOperatorNames)),
                    card.stack, std::string(spec::name_of(card.provenance, spec::kProvenanceNames)),
                    error_text(card.residuals), card.source});
  }
  print(options, {"card", "operator", "stack", "provenance", "error", "source"}, rows);
  return kOk;
}

}  // namespace kvsim::cli
