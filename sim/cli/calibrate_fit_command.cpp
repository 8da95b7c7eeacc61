// kvsim calibrate fit and evaluate: a table to a card, and a card against a table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "calibration/fit/fit_card.hpp"
#include "calibration/fit/raw_samples.hpp"
#include "sim/base/units.hpp"
#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/report/card_yaml.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kErrorHeader = {"rows", "mape", "median", "p95", "wape", "bias"};

// One combination of a table that holds several, and a word about the others.
fit::RowFilter chosen_rows(spec::CardOperator op, const fit::CsvTable& table,
                           const fit::RowFilter& filter) {
  const auto all = fit::combinations_of(op, table, filter);
  if (all.size() < 2) {
    return filter;
  }
  std::vector<std::string> others;
  for (std::size_t i = 1; i < all.size(); ++i) {
    others.push_back(fit::text_of(all[i].words));
  }
  fmt::print(stderr,
             "kvsim: note: the table holds several kernels; {} is fitted ({} rows). Others, to be "
             "chosen with --stack, --kernel and --dtype: {}\n",
             fit::text_of(all.front().words), all.front().rows, fmt::join(others, "; "));
  return all.front().words;
}

std::string only(const std::set<std::string>& names) {
  return names.empty() ? std::string() : *names.begin();
}

fit::CardOrigin origin_of(const FitOptions& options, const fit::Samples& samples,
                          const spec::GpuSpec& gpu) {
  fit::CardOrigin origin;
  origin.stack = only(samples.stacks);
  origin.kernel = only(samples.kernels);
  origin.dtype = only(samples.dtypes);
  origin.source = options.source.empty() ? std::filesystem::path(options.table).filename().string()
                                         : options.source;
  origin.name = options.name.empty()
                    ? fmt::format("{}/{}/{}{}{}", gpu.name, options.op, origin.stack,
                                  origin.stack.empty() ? "" : "/", origin.dtype)
                    : options.name;
  origin.provenance = origin.stack.starts_with(fit::kOwnStack) ? spec::Provenance::Measured
                                                               : spec::Provenance::FittedElsewhere;
  return origin;
}

Duration time_of(std::string_view flag, const std::string& text) {
  const ParsedNumber seconds = parse_number(text, Dimension::Time);
  if (!seconds.value || *seconds.value < 0) {
    refuse(fmt::format("'{}' is no time for {}", text, flag), "write for example '5 us'");
  }
  return to_duration(Seconds(*seconds.value));
}

// The card on another GPU's table, as the simulator would lend it: with that GPU's own peaks.
spec::CardErrorGroup transfer_of(const std::string& pair, const spec::CardSpec& card,
                                 const std::string& dtype) {
  const auto [name, file] = pair_of(pair, "--transfer-table", "a100-80gb-sxm=gemm_a100.csv");
  const spec::GpuSpec gpu = config::load_gpu(name, library());
  const fit::CsvTable table = fit::CsvTable::load(file);
  const fit::Samples samples = fit::samples_of(card.op, table, {"", "", dtype}, gpu);
  const fit::Evaluation there =
      fit::evaluate(card.op, samples, fit::predictions_of(card, samples, gpu));
  return {std::string(spec::kByTransfer), gpu.name, fit::card_errors(there.judged)};
}

void print_evaluation(const fit::Evaluation& evaluation, spec::CardOperator op) {
  std::vector<std::string> header = {"rows by", "which"};
  header.insert(header.end(), kErrorHeader.begin(), kErrorHeader.end());
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& by, const std::string& name,
                       const fit::ErrorSummary& errors) {
    rows.push_back({by, name});
    const auto cells = error_cells(errors);
    rows.back().insert(rows.back().end(), cells.begin(), cells.end());
  };
  add("judged", fit::judged_words(op), evaluation.judged);
  add("every", "that can be true", evaluation.every);
  for (const fit::ErrorGroup& group : evaluation.groups) {
    add(group.by, group.name, group.errors);
  }
  fmt::print("{}\n{} rejected: beyond the GPU's peaks\n", text_table(header, rows),
             evaluation.rejected);
}

Json json_of(const fit::ErrorSummary& errors) {
  return {{"n", errors.n},      {"mape", errors.mape}, {"median", errors.median},
          {"p90", errors.p90},  {"p95", errors.p95},   {"wape", errors.wape},
          {"bias", errors.bias}};
}

Json json_of(const fit::Evaluation& evaluation, const spec::CardSpec& card, const std::string& gpu,
             const fit::RowFilter& rows) {
  Json json = json_of(evaluation.judged);
  json["card"] = card.name;
  json["gpu"] = gpu;
  json["rows"] = {{"stack", rows.stack}, {"kernel", rows.kernel}, {"dtype", rows.dtype}};
  json["judged"] = fit::judged_words(card.op);
  json["rejected"] = evaluation.rejected;
  json["every"] = json_of(evaluation.every);
  for (const char* by : {"regime", "variant", "dtype"}) {
    json[by] = Json::object();
  }
  for (const fit::ErrorGroup& group : evaluation.groups) {
    json[group.by][group.name] = json_of(group.errors);
  }
  return json;
}

// Rows that can be true, for plots.
std::string points_csv(const fit::Samples& samples, const Eigen::VectorXd& predicted) {
  std::string csv = "regime,variant,predicted_us,measured_us\n";
  for (std::size_t i = 0; i < samples.rows.size(); ++i) {
    const fit::Sample& sample = samples.rows[i];
    if (!fit::is_rejected(sample)) {
      csv += fmt::format("\"{}\",{},{:.6g},{:.6g}\n", sample.regime, sample.variant,
                         1e6 * predicted[static_cast<Eigen::Index>(i)], 1e6 * sample.seconds);
    }
  }
  return csv;
}

}  // namespace

int calibrate_fit(const FitOptions& options) {
  if (!options.raw.empty()) {
    return calibrate_fit_raw(options);
  }
  if (options.table.empty() || options.op.empty()) {
    refuse("nothing to fit", "say --table FILE --op OPERATOR, or --raw DIR");
  }
  const spec::CardOperator op = table_operator(options.op);
  const spec::GpuSpec gpu = config::load_gpu(options.gpu, library());
  const fit::CsvTable table = fit::CsvTable::load(options.table);
  const fit::Samples samples =
      fit::samples_of(op, table, chosen_rows(op, table, options.rows), gpu);
  fit::CardFit fitted = fit::fit_card(op, samples, gpu, origin_of(options, samples, gpu));
  fitted.card.transfer_to = options.transfer_to;
  if (!options.graph_launch.empty()) {
    fit::replay_in_graphs(fitted.card, time_of("--graph-launch", options.graph_launch));
  }
  if (!options.dynamic_scales.empty()) {
    fitted.card.gemm.dynamic_scales = time_of("--dynamic-scales", options.dynamic_scales);
  }
  if (!options.skew.empty()) {
    fitted.card.decode.skew = spec::SkewForm{options.skew[0], options.skew[1], options.skew[2]};
  }
  for (const std::string& pair : options.transfers) {
    fitted.card.residuals.groups.push_back(transfer_of(pair, fitted.card, only(samples.dtypes)));
  }
  write_whole(options.out, report::card_yaml(fitted.card));
  const spec::CardErrors& errors = fitted.card.residuals.all;
  fmt::print("{}: {} rows fitted ({}{}), {} rejected\n", fitted.card.name, fitted.fitted,
             fitted.law, fitted.converged ? "" : ", stopped at a kink",
             fitted.card.residuals.rejected);
  fmt::print("held out, {}: {} rows, mean error {}, median {}, p95 {}, bias {}\n",
             fitted.card.residuals.folds, errors.points, percent(errors.mape.value_or(0)),
             percent(errors.median.value_or(0)), percent(errors.p95.value_or(0)),
             percent(errors.bias.value_or(0)));
  fmt::print("written to {}\n", options.out);
  return kOk;
}

int calibrate_evaluate(const EvaluateOptions& options) {
  const spec::CardSpec card = config::load_card(options.card, library());
  const std::string gpu_name =
      options.gpu.empty() && !card.gpus.empty() ? card.gpus.front() : options.gpu;
  if (gpu_name.empty() || gpu_name == "any") {
    refuse(fmt::format("card '{}' is bound to no GPU", card.name), "say --gpu NAME");
  }
  const spec::CardOperator op =
      table_operator(std::string(spec::name_of(card.op, spec::kCardOperatorNames)));
  const spec::GpuSpec gpu = config::load_gpu(gpu_name, library());
  const fit::CsvTable table = fit::CsvTable::load(options.table);
  const fit::RowFilter rows = fit::own_rows(card, table, options.rows);
  const fit::Samples samples = fit::samples_of(op, table, rows, gpu);
  const Eigen::VectorXd predicted = fit::predictions_of(card, samples, gpu);
  const fit::Evaluation evaluation = fit::evaluate(op, samples, predicted);
  if (!options.points.empty()) {
    write_whole(options.points, points_csv(samples, predicted));
  }
  if (options.format == "json") {
    fmt::print("{}\n", json_of(evaluation, card, gpu.name, rows).dump(2));
  } else {
    print_evaluation(evaluation, op);
    const std::string which = fit::text_of(rows);
    fmt::print("rows of {}\n", which.empty() ? "the whole table" : which);
  }
  return kOk;
}

}  // namespace kvsim::cli
