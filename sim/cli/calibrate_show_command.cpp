// kvsim calibrate show: a card as an equation with its numbers, and how far to trust it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "calibration/fit/parameters.hpp"
#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"

namespace kvsim::cli {
namespace {

constexpr std::string_view kStreaming =
    "t = launch + per_sequence·B + tile·w + |bytes/(bandwidth_efficiency·BW),\n"
    "    FLOPs/(compute_efficiency·P)|_blend_exponent";
constexpr std::string_view kDecode =
    "t = launch + log_context·lg(C/B/log_from) + per_sequence·B + per_query_head·H\n"
    "    + group_tile·(H/G)·w + io/(bandwidth_efficiency·BW)\n"
    "    + max(floor·w, tile·w^tile_exponent + s·C)\n"
    "floor = tile_floor + tile_floor_width·d/128 + tile_floor_group·(H/G)\n"
    "s = |(KV bytes·(1 + narrow_head if d = 64) + gather_bytes)/(bandwidth_efficiency·BW),\n"
    "    FLOPs/(compute_efficiency·P)|_blend_exponent\n"
    "B sequences, H query and G KV heads, d their width, C tokens attended to in all,\n"
    "w tiles per SM; lg is log2 by straight lines between powers of two\n"
    "full windows: t = window.launch + max(window.least, window.tile·w^window.exponent)\n"
    "    + s·(tokens beyond the measured window)";
constexpr std::string_view kGemm =
    "t = max(host_floor, launch + quantise_bytes·m·k/BW + quantise_row·m\n"
    "    + ||chain', bytes/(bandwidth_efficiency·BW)|_chain_exponent, compute|_blend_exponent)\n"
    "chain' = chain·min(k, chain_limit)/1000·(tile rows up to chain_rows)/64\n"
    "compute = FLOPs/(compute_efficiency·P)·(1 + prologue/k)·(1 + wave·(Q - 1))\n"
    "x[m, k]·W[k, n]; Q: waves of tiles, rounded up, over the exact number";
constexpr std::string_view kPrefill =
    "t = launch + per_token·tokens + bytes/(bandwidth_efficiency·BW) + kv_passes·(KV bytes)/BW\n"
    "    + |FLOPs'/(compute_efficiency·P), chain·SMs/(chain_efficiency·P)|_blend_exponent\n"
    "FLOPs' count tiles on the diagonal in full; chain: one tile of queries on one SM (of linear\n"
    "attention one head along its tokens)";
constexpr std::string_view kMoe =
    "t = launch + per_expert·D + 2·S·(hidden_bytes·hidden + width_bytes·width)/BW\n"
    "    + |weights of D/(bandwidth_efficiency·BW),\n"
    "       FLOPs·(1 + padded_rows·D/R)/(compute_efficiency·P)|_blend_exponent\n"
    "D distinct experts, S (token, expert) slots, R those of this GPU";

std::string_view equation_of(spec::CardForm form) {
  switch (form) {
    case spec::CardForm::Streaming:
      return kStreaming;
    case spec::CardForm::Decode:
      return kDecode;
    case spec::CardForm::Gemm:
      return kGemm;
    case spec::CardForm::Prefill:
      return kPrefill;
    case spec::CardForm::Moe:
      return kMoe;
    case spec::CardForm::Collective:
      return "t from a table: log-log between points, beyond the last in proportion to the bytes";
    case spec::CardForm::Link:
      return "t = launch + bytes/bandwidth";
    case spec::CardForm::Host:
      break;
  }
  return "t = serial + (per_step + per_sequence·n), the latter hidden by asynchronous scheduling";
}

// Standard error over value; "-" where the fit gave none.
std::string relative_error(const spec::CardSpec& card, std::string_view name, double value) {
  if (!card.covariance || value == 0) {
    return "-";
  }
  const std::vector<std::string>& names = card.covariance->parameters;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) {
      const double variance = card.covariance->matrix[i * names.size() + i];
      return fmt::format("{:.2f} %", 100 * std::sqrt(variance) / std::abs(value));
    }
  }
  return "-";
}

void print_parameters(const spec::CardSpec& card) {
  std::vector<std::vector<std::string>> rows;
  for (const fit::Parameter& parameter : fit::parameters_of(card.form)) {
    const double value = parameter.get(card);
    const bool unused = (parameter.name.starts_with("unsplit.") && !card.decode.unsplit) ||
                        (parameter.name.starts_with("window.") && !card.decode.window);
    if (!unused) {
      rows.push_back({std::string(parameter.name), fmt::format("{:.5g}", value / parameter.unit),
                      parameter.unit == 1e-6 ? "us" : "",
                      relative_error(card, parameter.name, value)});
    }
  }
  if (!rows.empty()) {
    fmt::print("\n{}", text_table({"parameter", "value", "unit", "std. error"}, rows));
  }
}

void print_points(const spec::CollectiveForm& form) {
  std::vector<std::vector<std::string>> rows;
  for (const spec::CollectiveRow& row : form.rows) {
    for (std::size_t i = 0; i < row.bytes.size(); ++i) {
      rows.push_back({fmt::format("{}", row.gpus), fmt::format("{}", row.bytes[i]),
                      fmt::format("{:.2f}", to_seconds(row.time[i]).value() * 1e6)});
    }
  }
  fmt::print("\n{}", text_table({"GPUs", "bytes", "us"}, rows));
}

void print_link(const spec::LinkForm& form) {
  fmt::print("\nlaunch {:.4g} us, bandwidth {:.4g} GB/s\n", to_seconds(form.launch).value() * 1e6,
             form.bandwidth.value() / 1e9);
}

std::vector<std::string> error_row(const std::string& by, const std::string& name,
                                   const spec::CardErrors& errors) {
  return {by,
          name,
          fmt::format("{}", errors.points),
          percent_or_dash(errors.mape),
          percent_or_dash(errors.median),
          percent_or_dash(errors.p95),
          percent_or_dash(errors.wape),
          percent_or_dash(errors.bias)};
}

void print_residuals(const spec::CardSpec& card) {
  const spec::CardResiduals& residuals = card.residuals;
  std::vector<std::vector<std::string>> rows = {error_row("all", "", residuals.all)};
  for (const spec::CardErrorGroup& group : residuals.groups) {
    rows.push_back(error_row(group.by, group.name, group.errors));
  }
  fmt::print("\n{}",
             text_table({"errors", "of", "rows", "mape", "median", "p95", "wape", "bias"}, rows));
  if (!residuals.folds.empty()) {
    fmt::print("held out: {}; {} rows rejected\n", residuals.folds, residuals.rejected);
  }
}

std::string limit(std::int64_t most) {
  return most == 0 ? std::string("not limited") : fmt::format("{}", most);
}

}  // namespace

int calibrate_show(const ShowOptions& options) {
  const spec::CardSpec card = config::load_card(options.card, library());
  fmt::print("{}\n{} on {}; {} {}; {}; {}\n\n", card.name,
             spec::name_of(card.op, spec::kCardOperatorNames), fmt::join(card.gpus, ", "),
             card.stack, card.kernel,
             card.dtypes.empty() ? "all formats" : fmt::format("{}", fmt::join(card.dtypes, ", ")),
             spec::name_of(card.provenance, spec::kProvenanceNames));
  fmt::print("{}\n", equation_of(card.form));
  print_parameters(card);
  if (card.form == spec::CardForm::Decode) {
    fmt::print("log_from {} tokens\n", card.decode.log_from);
  } else if (card.form == spec::CardForm::Collective) {
    print_points(card.collective);
  } else if (card.form == spec::CardForm::Link) {
    print_link(card.link);
  }
  fmt::print("\ndomain: rows up to {}, context up to {}\n", limit(card.domain.max_rows),
             limit(card.domain.max_context));
  print_residuals(card);
  fmt::print("source: {}\n", card.source);
  return kOk;
}

}  // namespace kvsim::cli
