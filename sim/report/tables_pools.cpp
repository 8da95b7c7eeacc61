#include <fmt/format.h>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

constexpr std::size_t kRowsInBrief = 8;

using spec::LatencySummary;
using spec::PoolResult;
using spec::RunResult;

std::vector<Column> columns() {
  return {{"", "run and pool", "", true},
          {"pool_{}_gpus", "GPUs", ""},
          {"pool_{}_replicas", "replicas", ""},
          {"pool_{}_completed", "completed", ""},
          {"pool_{}_output_throughput_per_gpu", "output per GPU", "tok/s"},
          {"pool_{}_p99_ttft_ms", "p99 TTFT", "ms"},
          {"pool_{}_mean_tpot_ms", "mean TPOT", "ms"},
          {"pool_{}_p99_tpot_ms", "p99 TPOT", "ms"},
          {"pool_{}_busy", "busy", ""},
          {"pool_{}_kv_cache_tokens", "KV tokens of a replica", ""},
          {"pool_{}_kv_cache_usage_mean", "KV usage", ""},
          {"pool_{}_hbm_utilization_busy", "of HBM peak, busy time", ""},
          {"pool_{}_num_preemptions", "preemptions", ""}};
}

Cell latency_cell(const RunResult& run, const LatencySummary& summary,
                  double LatencySummary::*statistic) {
  return summary.count == 0 ? no_cell() : with_word(number_cell(summary.*statistic), run);
}

Cell gpus_cell(const PoolResult& pool) {
  const std::int64_t gpus = spec::num_gpus(pool.spec);
  return {gpus, fmt::format("{} × {}", gpus, pool.spec.cluster.gpu.name)};
}

Row pool_row(const Subject& subject, std::size_t index, const PoolResult& pool) {
  const RunResult& run = subject.results.runs[index];
  const spec::RunMetrics& metrics = pool.metrics;
  const Duration all = metrics.duration * pool.spec.cluster.replicas;
  return {{index},
          pool.name,
          {text_cell(row_label(subject, pool.name, index)), gpus_cell(pool),
           count_cell(pool.spec.cluster.replicas), count_cell(metrics.completed),
           number_cell(per_gpu(metrics.output_throughput, pool.spec)),
           latency_cell(run, metrics.ttft, &LatencySummary::p99),
           latency_cell(run, metrics.tpot, &LatencySummary::mean),
           latency_cell(run, metrics.tpot, &LatencySummary::p99),
           percent_cell(share(busy_time(metrics), all)), count_cell(pool.memory.kv_cache_tokens),
           percent_cell(metrics.kv_cache_usage_mean),
           percent_cell(pool.bandwidth.hbm_utilization_busy), count_cell(metrics.num_preemptions)}};
}

}  // namespace

Table pool_table(const Subject& subject) {
  Table table{.title = "Pools", .columns = columns(), .rows = {}};
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    for (const PoolResult& pool : subject.results.runs[i].pools) {
      table.rows.push_back(pool_row(subject, i, pool));
    }
  }
  if (!table.rows.empty()) {
    table.in_brief = table.rows.size() <= kRowsInBrief;
    table.notes.emplace_back(
        "Latencies are those of the requests that the pool served. Tables of memory show the first "
        "pool; the cost of a decode step is left out where pools differ.");
  }
  return table;
}

}  // namespace kvsim::report
