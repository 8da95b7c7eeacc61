#include <algorithm>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/latency_word.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::PrefixCurve;
using spec::RunResult;

Cell of_curve(const RunResult& run, double PrefixCurve::*rate) {
  return run.prefix_curve ? percent_cell((*run.prefix_curve).*rate) : no_cell();
}

Cell tokens_of_curve(const RunResult& run, std::int64_t PrefixCurve::*tokens) {
  return run.prefix_curve ? count_cell((*run.prefix_curve).*tokens) : no_cell();
}

Cell mean_ttft(const RunResult& run) {
  return run.metrics.ttft.count == 0 ? no_cell()
                                     : with_word(number_cell(run.metrics.ttft.mean), run);
}

// Over time, of all replicas' blocks; 0 where nothing was sampled.
double mean_share(const RunResult& run, std::int64_t spec::KvSample::*blocks) {
  const auto pool = static_cast<double>(usable_blocks(run));
  return pool == 0 ? 0 : mean_over_time(run.kv_series, blocks) / pool;
}

}  // namespace

bool has_conversations(const Subject& subject) {
  return std::any_of(subject.results.runs.begin(), subject.results.runs.end(),
                     [](const RunResult& run) {
                       return run.prefix_curve && run.spec.workload.conversation.has_value();
                     });
}

// Runs without a cache stand beside those with one, so that their TTFT can be compared.
Table prefix_table(const Subject& subject) {
  const bool any = std::any_of(subject.results.runs.begin(), subject.results.runs.end(),
                               [](const RunResult& run) { return run.prefix_curve.has_value(); });
  if (!any) {
    return {};
  }
  Table table = table_of_runs(
      "Prefix cache", subject,
      {{"prefix_cache_hit_rate", "prompt tokens found", "",
        [](const RunResult& run) {
          return run.prefix_curve ? percent_cell(run.metrics.prefix_cache_hit_rate) : no_cell();
        }},
       {"prefix_cache_block_hit_rate", "of its blocks", "",
        [](const RunResult& run) {
          return run.prefix_curve ? percent_cell(run.metrics.prefix_cache_block_hit_rate)
                                  : no_cell();
        }},
       {"hit_rate_at_capacity", "one by one, in the same room", "",
        [](const RunResult& run) { return of_curve(run, &PrefixCurve::hit_rate_at_capacity); }},
       {"ideal_hit_rate", "with room for everything", "",
        [](const RunResult& run) { return of_curve(run, &PrefixCurve::ideal_hit_rate); }},
       {"capacity_tokens", "KV tokens that fit", "",
        [](const RunResult& run) { return tokens_of_curve(run, &PrefixCurve::capacity_tokens); }},
       {"enough_tokens", "room for everything", "tokens",
        [](const RunResult& run) { return tokens_of_curve(run, &PrefixCurve::enough_tokens); }},
       {"used", "HBM for running requests", "",
        [](const RunResult& run) { return percent_cell(mean_share(run, &spec::KvSample::used)); }},
       {"cached", "HBM for kept prefixes", "",
        [](const RunResult& run) { return percent_cell(mean_share(run, &spec::KvSample::kept)); }},
       {"mean_ttft_ms", "mean TTFT", "ms", mean_ttft}});
  table.in_brief = true;
  table.notes.emplace_back(
      "One by one: the same requests through a cache of this size, each served before the next "
      "comes and all replicas as one. A server finds less where blocks are in use by others, where "
      "requests are routed apart or where one comes before what it shares was scheduled.");
  if (has_conversations(subject)) {
    table.notes.emplace_back(
        "Here answers of conversations come at once. A server that falls behind keeps more of them "
        "alive together, each in need of room, and may find far less than this says.");
  }
  return table;
}

}  // namespace kvsim::report
