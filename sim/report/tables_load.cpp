#include <algorithm>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::KvSample;
using spec::RunResult;

std::int64_t most_of(const RunResult& run, std::int64_t KvSample::*member) {
  std::int64_t most = 0;
  for (const KvSample& sample : run.kv_series.samples) {
    most = std::max(most, sample.*member);
  }
  return most;
}

}  // namespace

Table load_table(const Subject& subject) {
  return table_of_runs(
      "Running and waiting", subject,
      {{"mean_requests_running", "running, mean", "",
        [](const RunResult& run) {
          return number_cell(mean_over_time(run.kv_series, &KvSample::running));
        }},
       {"most_requests_running", "running, most", "",
        [](const RunResult& run) { return count_cell(most_of(run, &KvSample::running)); }},
       {"mean_requests_waiting", "waiting, mean", "",
        [](const RunResult& run) {
          return number_cell(mean_over_time(run.kv_series, &KvSample::waiting));
        }},
       {"most_requests_waiting", "waiting, most", "",
        [](const RunResult& run) { return count_cell(most_of(run, &KvSample::waiting)); }},
       {"num_preemptions", "preemptions", "",
        [](const RunResult& run) { return count_cell(run.metrics.num_preemptions); }},
       {"kv_cache_usage_mean", "KV usage, mean", "",
        [](const RunResult& run) { return percent_cell(run.metrics.kv_cache_usage_mean); }}});
}

}  // namespace kvsim::report
