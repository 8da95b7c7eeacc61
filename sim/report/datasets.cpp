#include "sim/report/datasets.hpp"

#include "sim/base/check.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/derived.hpp"

namespace kvsim::report {
namespace {

using spec::RunMetrics;
using spec::RunResult;

Json value_of(const Cell& cell) {
  if (const auto* real = std::get_if<double>(&cell.value)) {
    return json_number(*real);
  }
  if (const auto* whole = std::get_if<std::int64_t>(&cell.value)) {
    return *whole;
  }
  return std::holds_alternative<std::monostate>(cell.value) ? Json(nullptr) : Json(cell.text);
}

void add_run(Json& rows, const Subject&, std::size_t i, const RunColumns& columns) {
  Json row = Json::object();
  for (const RunData& column : columns.all()) {
    row[column.name] = value_of(column.cells[i]);
  }
  rows.push_back(std::move(row));
}

void add_percentiles(Json& rows, const Subject& subject, std::size_t i, const RunColumns&) {
  const RunMetrics& m = subject.results.runs[i].metrics;
  for (const auto& [metric, summary] :
       {std::pair("ttft", &m.ttft), std::pair("tpot", &m.tpot), std::pair("itl", &m.itl),
        std::pair("e2el", &m.e2el), std::pair("queue", &m.queue)}) {
    for (const spec::PercentilePoint& point : summary->percentiles) {
      Json row = row_of(subject, i);
      row["metric"] = metric;
      row["percent"] = json_number(point.percent);
      row["ms"] = json_number(point.ms);
      rows.push_back(std::move(row));
    }
  }
}

void add_time_shares(Json& rows, const Subject& subject, std::size_t i, const RunColumns&) {
  const TimeShares shares = time_shares(subject.results.runs[i]);
  for (std::size_t part = 0; part < shares.size(); ++part) {
    Json row = row_of(subject, i);
    row["part"] = spec::kTimeBucketNames[part];
    row["share"] = json_number(shares[part]);
    rows.push_back(std::move(row));
  }
}

void add_samples(Json& rows, const Subject& subject, std::size_t i, const RunColumns&) {
  const spec::KvSeries& series = subject.results.runs[i].kv_series;
  const double interval = to_seconds(series.interval).value();
  for (std::size_t k = 0; k < series.samples.size(); ++k) {
    const spec::KvSample& sample = series.samples[k];
    Json row = row_of(subject, i);
    row["time"] = json_number(interval * static_cast<double>(k + 1));
    row["used_blocks"] = sample.used;
    row["cached_blocks"] = sample.kept;
    row["num_requests_running"] = sample.running;
    row["num_requests_waiting"] = sample.waiting;
    row["num_preemptions"] = sample.preemptions;
    rows.push_back(std::move(row));
  }
}

void add_curve(Json& rows, const Subject& subject, std::size_t i, const RunColumns&) {
  const auto& curve = subject.results.runs[i].prefix_curve;
  for (std::size_t k = 0; curve && k < curve->points.size(); ++k) {
    Json row = row_of(subject, i);
    row["capacity_tokens"] = curve->points[k].capacity_tokens;
    row["hit_rate"] = json_number(curve->points[k].hit_rate);
    rows.push_back(std::move(row));
  }
}

void add_steps(Json& rows, const Subject& subject, std::size_t i, const RunColumns&) {
  const auto& profile = subject.results.runs[i].step_profile;
  if (!profile) {
    return;
  }
  for (const auto& [along, points] :
       {std::pair("batch", &profile->by_batch), std::pair("context", &profile->by_context)}) {
    for (const spec::StepPoint& point : *points) {
      for (std::size_t part = 0; part < point.time_in.size(); ++part) {
        Json row = row_of(subject, i);
        row["along"] = along;
        row["batch"] = point.batch;
        row["context"] = point.context;
        row["part"] = spec::kTimeBucketNames[part];
        row["ms"] = json_number(to_milliseconds(point.time_in[part]));
        rows.push_back(std::move(row));
      }
    }
  }
}

void add_operators(Json& rows, const Subject& subject, std::size_t i, const RunColumns&) {
  const auto& profile = subject.results.runs[i].step_profile;
  for (std::size_t k = 0; profile && k < profile->operators.size(); ++k) {
    const spec::OperatorPoint& point = profile->operators[k];
    Json row = row_of(subject, i);
    row["op"] = point.op;
    row["flops"] = json_number(point.flops);
    row["bytes"] = json_number(point.bytes);
    row["ms"] = json_number(to_milliseconds(point.time));
    row["bound"] = spec::name_of(point.bound, spec::kTimeBucketNames);
    row["provenance"] = spec::name_of(point.provenance, spec::kProvenanceNames);
    rows.push_back(std::move(row));
  }
}

}  // namespace

Json rows_of_data(spec::ChartData data, const Subject& subject, const RunColumns& columns) {
  using Adder = void (*)(Json&, const Subject&, std::size_t, const RunColumns&);
  constexpr std::array<Adder, spec::kChartDataNames.size()> kAdders = {
      add_run, add_percentiles, add_time_shares, add_samples, add_curve, add_steps, add_operators};
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    kAdders.at(static_cast<std::size_t>(data))(rows, subject, i, columns);
  }
  return rows;
}

spec::ReportTable table_of_data(spec::ChartData data) {
  switch (data) {
    case spec::ChartData::Percentiles:
      return spec::ReportTable::Latency;
    case spec::ChartData::TimeShares:
      return spec::ReportTable::Time;
    case spec::ChartData::OverTime:
      return spec::ReportTable::Load;
    case spec::ChartData::PrefixCurve:
      return spec::ReportTable::PrefixCache;
    case spec::ChartData::Steps:
      return spec::ReportTable::StepByBatch;
    case spec::ChartData::Operators:
      return spec::ReportTable::Operators;
    case spec::ChartData::Runs:
      break;
  }
  KVSIM_CHECK(false, "rows of runs have a table of their own");
  return spec::ReportTable::AtAGlance;
}

}  // namespace kvsim::report
