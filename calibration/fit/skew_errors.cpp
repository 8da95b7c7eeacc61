#include "calibration/fit/skew_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::fit {
namespace {

constexpr double kNoise = 0.01;
constexpr const char* kBetween = ", between t_mean and t_max";
constexpr const char* kOutside = ", outside";

struct Heads {
  double query;
  double kv;
};

// Whole models: their config.json.
const std::map<std::string, Heads>& heads_by_model() {
  static const std::map<std::string, Heads> kHeads = {{"Llama-3.1-8B", {32, 8}},
                                                      {"Qwen3-30B-A3B", {32, 4}}};
  return kHeads;
}

template <class Map>
const typename Map::mapped_type& known(const Map& map, const std::string& name,
                                       std::string_view column) {
  const auto found = map.find(name);
  if (found != map.end()) {
    return found->second;
  }
  Diagnostic fault;
  fault.place.file = "kvsim";
  fault.message = fmt::format("'{}' is not known in tables of skewed batches", name);
  fault.path = std::string(column);
  throw ConfigError({fault});
}

// The part of the excess over the mean that counts beside a chunk of this context.
double visible_part(double longest, double mean, double chunk) {
  const double excess = longest - mean;
  return excess > 0 ? std::max(0.0, longest - std::max(mean, chunk)) / excess : 0;
}

struct Times {
  std::vector<double> predicted;
  std::vector<double> measured;

  void add(double prediction, double measurement) {
    predicted.push_back(prediction);
    measured.push_back(measurement);
  }
};

ErrorSummary summary_of(const Times& times) {
  const auto count = static_cast<Eigen::Index>(times.predicted.size());
  return summarise_errors(Eigen::Map<const Eigen::VectorXd>(times.predicted.data(), count),
                          Eigen::Map<const Eigen::VectorXd>(times.measured.data(), count));
}

// One row, with what the model says of it.
struct SkewRow {
  double sequences;
  double tensor_parallel;
  double chunk;  // context of the prefill chunk, its cached prefix included
  double longest;
  double mean;
  double time_at_mean;
  double time_at_longest;
  double measured;
};

double predicted(const SkewRow& row, const spec::SkewForm& form, const Heads& heads, double sms,
                 bool mixed) {
  const double per_rank = row.sequences / row.tensor_parallel;
  const double share =
      cost::skew_share(form, sms, per_rank * heads.kv, per_rank * heads.query, mixed);
  const double part = mixed ? visible_part(row.longest, row.mean, row.chunk) : 1;
  return row.time_at_mean + share * part * (row.time_at_longest - row.time_at_mean);
}

bool lies_between(const SkewRow& row) {
  const double least = std::min(row.time_at_mean, row.time_at_longest) * (1 - kNoise);
  const double most = std::max(row.time_at_mean, row.time_at_longest) * (1 + kNoise);
  return row.measured >= least && row.measured <= most;
}

std::vector<SkewRow> rows_of(const CsvTable& table) {
  std::map<std::string_view, Eigen::VectorXd> columns;
  for (const std::string_view column : {"n", "tp", "pc", "kp", "kv_big", "kv_mean"}) {
    columns[column] = table.numbers(column);
  }
  const Eigen::VectorXd at_mean = table.positive_numbers("t_mean_us");
  const Eigen::VectorXd at_longest = table.positive_numbers("t_max_us");
  const Eigen::VectorXd measured = table.positive_numbers("t_skew_us");
  std::vector<SkewRow> rows;
  for (int i = 0; i < table.rows(); ++i) {
    const auto value = [&](std::string_view column) { return columns[column][i]; };
    rows.push_back({value("n"), value("tp"), value("pc") + value("kp"), value("kv_big"),
                    value("kv_mean"), at_mean[i], at_longest[i], measured[i]});
  }
  return rows;
}

}  // namespace

std::map<std::string, ErrorSummary> skew_errors(
    const CsvTable& table, const spec::SkewForm& form,
    const std::map<std::string, double>& multiprocessors) {
  constexpr std::array<std::string_view, 12> kColumns = {
      "gpu", "model",  "tp",      "regime",    "n",        "pc",
      "kp",  "kv_big", "kv_mean", "t_mean_us", "t_max_us", "t_skew_us"};
  table.require(kColumns);
  const auto gpus = table.texts("gpu");
  const auto models = table.texts("model");
  const auto regimes = table.texts("regime");
  const std::vector<SkewRow> rows = rows_of(table);
  std::map<std::string, Times> times;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Heads& heads = known(heads_by_model(), models[i], "model");
    const double sms = known(multiprocessors, gpus[i], "gpu");
    const double prediction = predicted(rows[i], form, heads, sms, regimes[i] == "mixed");
    times[regimes[i]].add(prediction, rows[i].measured);
    times[regimes[i] + (lies_between(rows[i]) ? kBetween : kOutside)].add(prediction,
                                                                          rows[i].measured);
  }
  std::map<std::string, ErrorSummary> errors;
  for (const auto& [regime, group] : times) {
    errors[regime] = summary_of(group);
  }
  return errors;
}

}  // namespace kvsim::fit
