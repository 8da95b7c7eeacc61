// kvsim gpus and kvsim cards: what is known of the hardware, with sources.
#include <fmt/format.h>

#include "sim/base/units.hpp"
#include "sim/cli/catalogue.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

template <class Rate>
std::string tera(const std::optional<Rate>& rate) {
  return rate ? fmt::format("{:.0f}", rate->value() / 1e12) : "-";
}

template <class Rate>
std::string giga(const std::optional<Rate>& rate) {
  return rate ? fmt::format("{:.0f}", rate->value() / 1e9) : "-";
}

template <class Rate>
Json number(const std::optional<Rate>& rate) {
  return rate ? Json(rate->value()) : Json();
}

CatalogueEntry entry_of(const spec::GpuSpec& gpu) {
  CatalogueEntry entry;
  entry.name = gpu.name;
  entry.cells = {gpu.name,
                 format_bytes(static_cast<double>(gpu.hbm.capacity.value())),
                 format_bytes_binary(static_cast<double>(gpu.hbm.visible.value())),
                 fmt::format("{:.3f}", gpu.hbm.bandwidth.value() / 1e12),
                 fmt::format("{:.0f}", gpu.peak.bf16.value() / 1e12),
                 tera(gpu.peak.fp8),
                 tera(gpu.peak.fp4),
                 fmt::format("{}", gpu.streaming_multiprocessors),
                 fmt::format("{:.0f}", static_cast<double>(gpu.l2_cache.value()) / 1e6),
                 giga(gpu.nvlink_bandwidth),
                 fmt::format("{:.0f}", gpu.pcie_bandwidth.value() / 1e9),
                 gpu.tdp ? fmt::format("{:.0f}", gpu.tdp->value()) : "-",
                 shortened(gpu.source)};
  entry.json = {{"name", gpu.name},
                {"hbm_capacity_bytes", gpu.hbm.capacity.value()},
                {"hbm_visible_bytes", gpu.hbm.visible.value()},
                {"hbm_bytes_per_second", gpu.hbm.bandwidth.value()},
                {"peak_bf16_flops", gpu.peak.bf16.value()},
                {"peak_fp8_flops", number(gpu.peak.fp8)},
                {"peak_fp4_flops", number(gpu.peak.fp4)},
                {"streaming_multiprocessors", gpu.streaming_multiprocessors},
                {"l2_cache_bytes", gpu.l2_cache.value()},
                {"nvlink_bytes_per_second", number(gpu.nvlink_bandwidth)},
                {"pcie_bytes_per_second", gpu.pcie_bandwidth.value()},
                {"tdp_watts", number(gpu.tdp)},
                {"source", gpu.source}};
  return entry;
}

// "mean 1 s, p99 2 s"; "-" for no limit.
std::string limits_text(const std::optional<spec::LatencyLimit>& limit) {
  std::string text;
  const auto add = [&](std::string_view statistic, const std::optional<Duration>& most) {
    if (most) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", statistic,
                          format_time(to_seconds(*most).value()));
    }
  };
  if (limit) {
    add("mean", limit->mean);
    add("median", limit->median);
    add("p90", limit->p90);
    add("p95", limit->p95);
    add("p99", limit->p99);
  }
  return text.empty() ? "-" : text;
}

Json limits_json(const std::optional<spec::LatencyLimit>& limit) {
  Json json = Json::object();
  const auto add = [&](const char* statistic, const std::optional<Duration>& most) {
    if (most) {
      json[statistic] = to_milliseconds(*most);
    }
  };
  if (limit) {
    add("mean", limit->mean);
    add("median", limit->median);
    add("p90", limit->p90);
    add("p95", limit->p95);
    add("p99", limit->p99);
  }
  return json;
}

CatalogueEntry entry_of(const spec::SloSpec& slo) {
  CatalogueEntry entry;
  entry.name = slo.name;
  entry.cells = {slo.name, limits_text(slo.ttft), limits_text(slo.tpot), limits_text(slo.e2el),
                 slo.source};
  entry.json = {{"name", slo.name},
                {"ttft_ms", limits_json(slo.ttft)},
                {"tpot_ms", limits_json(slo.tpot)},
                {"e2el_ms", limits_json(slo.e2el)},
                {"source", slo.source}};
  return entry;
}

std::string error_text(const spec::CardErrors& residuals) {
  const auto percent = [](double value) { return fmt::format("{:.1f} %", 100 * value); };
  if (residuals.mape) {
    return percent(*residuals.mape) + " mean";
  }
  if (residuals.median) {
    return percent(*residuals.median) + " median";
  }
  return residuals.p95 ? percent(*residuals.p95) + " p95" : "-";
}

CatalogueEntry entry_of(const spec::CardSpec& card) {
  const auto share = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json();
  };
  CatalogueEntry entry;
  entry.name = card.name;
  entry.cells = {card.name,
                 std::string(spec::name_of(card.op, spec::kCardOperatorNames)),
                 card.stack,
                 std::string(spec::name_of(card.provenance, spec::kProvenanceNames)),
                 error_text(card.residuals.all),
                 card.source};
  entry.json = {{"name", card.name},
                {"operator", spec::name_of(card.op, spec::kCardOperatorNames)},
                {"stack", card.stack},
                {"provenance", spec::name_of(card.provenance, spec::kProvenanceNames)},
                {"error", error_text(card.residuals.all)},
                {"mape", share(card.residuals.all.mape)},
                {"median_error", share(card.residuals.all.median)},
                {"p95_error", share(card.residuals.all.p95)},
                {"source", card.source}};
  return entry;
}

template <class Item>
std::vector<CatalogueEntry> entries_of(const std::vector<Item>& items) {
  std::vector<CatalogueEntry> entries;
  for (const Item& item : items) {
    entries.push_back(entry_of(item));
  }
  return entries;
}

}  // namespace

int list_gpus(const CatalogueOptions& options) {
  print_catalogue(options, "gpu",
                  {"gpu", "HBM", "CUDA sees", "TB/s", "TFLOP/s bf16", "fp8", "fp4", "SMs", "L2 MB",
                   "NVLink GB/s", "PCIe GB/s", "TDP W", "source"},
                  entries_of(config::load_gpus(library())));
  return kOk;
}

int list_slos(const CatalogueOptions& options) {
  print_catalogue(options, "slo", {"slo", "TTFT", "TPOT", "E2EL", "source"},
                  entries_of(config::load_slos(library())));
  return kOk;
}

int list_cards(const CatalogueOptions& options) {
  print_catalogue(options, "card", {"card", "operator", "stack", "provenance", "error", "source"},
                  entries_of(config::load_cards(library())));
  return kOk;
}

}  // namespace kvsim::cli
