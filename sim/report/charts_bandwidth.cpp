// How much of the HBM bandwidth is used, and for what.
#include <array>

#include "sim/report/chart_parts.hpp"

namespace kvsim::report {
namespace {

using spec::RunMetrics;
using spec::RunResult;

constexpr std::array kReads = {"weights", "KV cache", "other"};

double part_of(Int128 bytes, const RunMetrics& m) {
  return m.hbm_bytes_read == 0 ? 0
                               : static_cast<double>(bytes) / static_cast<double>(m.hbm_bytes_read);
}

void add_rows(Json& rows, const Subject& subject, std::size_t i) {
  const RunResult& run = subject.results.runs[i];
  const RunMetrics& m = run.metrics;
  const std::array bytes = {m.weight_bytes_read, m.kv_bytes_read,
                            m.hbm_bytes_read - m.weight_bytes_read - m.kv_bytes_read};
  for (std::size_t k = 0; k < kReads.size(); ++k) {
    Json row = row_of(subject, i);
    row["read"] = kReads.at(k);
    row["order"] = k;
    row["share"] = json_number(run.bandwidth.hbm_utilization_busy * part_of(bytes.at(k), m));
    row["all_time"] = json_number(run.bandwidth.hbm_utilization);
    rows.push_back(std::move(row));
  }
}

}  // namespace

std::optional<Chart> hbm_bandwidth_chart(const Subject& subject) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    add_rows(rows, subject, i);
  }
  Json x = percentage("share", "of the peak bandwidth");
  x["scale"] = {{"domain", {0, 1}}};
  Json colours = names("read");
  colours["scale"] = {{"domain", kReads}, {"range", {colour(0), colour(1), "var(--dim)"}}};
  colours["legend"] = legend();
  colours["legend"]["columns"] = 3;
  const Json bars =
      mark({{"type", "bar"}, {"stroke", "var(--page)"}, {"strokeWidth", 0.5}},
           {{"x", std::move(x)},
            {"color", std::move(colours)},
            {"order", {{"field", "order"}, {"type", "quantitative"}}},
            {"tooltip", tooltip({{"run", "run"}, {"read", "read"}, {"share", "of the peak"}})}});
  const Json tick = mark({{"type", "tick"}, {"thickness", 2}, {"color", "var(--ink)"}},
                         {{"x", {{"field", "all_time"}, {"type", "quantitative"}}},
                          {"tooltip", tooltip({{"run", "run"}, {"all_time", "all time"}})}});
  return chart("HBM bandwidth used against its peak",
               "Bar: while a step runs. Tick: over all time, idle included.",
               {{"height", {{"step", kRowHeight}}},
                {"encoding", {{"y", rows_of("run")}}},
                {"layer", {bars, tick}}},
               std::move(rows));
}

}  // namespace kvsim::report
