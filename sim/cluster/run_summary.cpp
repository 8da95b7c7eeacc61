#include "sim/cluster/run_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "sim/memory/kv_manager.hpp"

namespace kvsim::cluster {
namespace {

// A model whose layers keep different tokens finds a prefix only where all of them still have it.
// Worth a word only where it could have mattered.
std::optional<std::string> note_on_prefix_caching(const spec::RunResult& result) {
  const std::vector<spec::RunSpec> pools = spec::by_pool(result.spec);
  const bool in_vain = std::any_of(pools.begin(), pools.end(), [](const spec::RunSpec& pool) {
    return pool.engine.enable_prefix_caching &&
           !memory::can_cache_prefixes(memory::plan_pages(pool.model, pool.engine));
  });
  const bool matters =
      result.metrics.requests_with_content > 0 || result.metrics.num_preemptions > 0;
  if (!in_vain || !matters) {
    return std::nullopt;
  }
  return "enable_prefix_caching: not simulated for a model with windows, chunks or states: every "
         "prompt was computed as a whole, which an engine may have found in its cache.";
}

std::string note_on_length(const spec::RunSpec& run, const spec::HbmBudget& memory,
                           const std::string& whose) {
  const std::int64_t most = run.model.max_position_embeddings;
  if (run.engine.max_model_len || memory.max_model_len >= most) {
    return {};
  }
  return fmt::format(
      "{}max_model_len is {}, as much of the model's {} tokens as the cache holds; "
      "vLLM needs --max-model-len auto for that.",
      whose, memory.max_model_len, most);
}

void add_notes_on_length(const spec::RunResult& result, std::vector<std::string>& notes) {
  std::vector<std::string> all;
  for (const spec::PoolResult& pool : result.pools) {
    all.push_back(note_on_length(pool.spec, pool.memory, fmt::format("Pool '{}': ", pool.name)));
  }
  if (result.pools.empty()) {
    all.push_back(note_on_length(result.spec, result.memory, ""));
  }
  std::copy_if(all.begin(), all.end(), std::back_inserter(notes),
               [](const std::string& note) { return !note.empty(); });
}

// Pools may share cards.
void add(std::vector<spec::CardUse>& uses, spec::CardUse use) {
  for (spec::CardUse& known : uses) {
    if (known.card == use.card && known.op == use.op && known.provenance == use.provenance &&
        known.mean_error == use.mean_error) {
      known.time = known.time + use.time;
      return;
    }
  }
  uses.push_back(std::move(use));
}

}  // namespace

spec::BandwidthReport bandwidth_report(const spec::RunMetrics& metrics, const spec::RunSpec& run) {
  spec::BandwidthReport report;
  report.peak_per_gpu = run.cluster.gpu.hbm.bandwidth;
  const Duration replica_time = metrics.duration * run.cluster.replicas;
  const Duration idle = metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)];
  const double bytes_per_gpu = static_cast<double>(metrics.hbm_bytes_read) /
                               static_cast<double>(run.engine.tensor_parallel_size);
  const auto utilization = [&](Duration time) {
    const double seconds = to_seconds(time).value();
    return seconds > 0 ? bytes_per_gpu / seconds / report.peak_per_gpu.value() : 0;
  };
  report.hbm_utilization = utilization(replica_time);
  report.hbm_utilization_busy = utilization(replica_time - idle);
  return report;
}

// Each pool weighs as much as it could have read.
spec::BandwidthReport bandwidth_report(const std::vector<spec::PoolResult>& pools) {
  double gpus = 0, peak = 0, read = 0, readable = 0, readable_busy = 0;
  for (const spec::PoolResult& pool : pools) {
    const double rate = pool.bandwidth.peak_per_gpu.value();
    const auto per_replica = static_cast<double>(pool.spec.engine.tensor_parallel_size);
    const Duration all = pool.metrics.duration * pool.spec.cluster.replicas;
    const Duration idle = pool.metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)];
    gpus += static_cast<double>(spec::num_gpus(pool.spec));
    peak += rate * static_cast<double>(spec::num_gpus(pool.spec));
    read += static_cast<double>(pool.metrics.hbm_bytes_read);
    readable += rate * per_replica * to_seconds(all).value();
    readable_busy += rate * per_replica * to_seconds(all - idle).value();
  }
  return {.peak_per_gpu = BytesPerSecond(peak / gpus),
          .hbm_utilization = readable > 0 ? read / readable : 0,
          .hbm_utilization_busy = readable_busy > 0 ? read / readable_busy : 0};
}

void add_cards_used(std::vector<spec::CardUse>& uses, const cost::StepPricer& pricer,
                    const engine::Ledger& ledger) {
  for (std::size_t i = 0; i < pricer.cards().size(); ++i) {
    const cost::ChosenCard& chosen = pricer.cards()[i];
    if (ledger.time_by_card[i] == 0) {
      continue;
    }
    add(uses,
        {chosen.card.name, std::string(spec::name_of(chosen.card.op, spec::kCardOperatorNames)),
         chosen.provenance, chosen.card.source, Duration(ledger.time_by_card[i]), chosen.error});
  }
}

std::vector<std::string> notes_of(const spec::RunResult& result) {
  const spec::RunMetrics& metrics = result.metrics;
  std::vector<std::string> notes;
  if (metrics.stability == spec::Stability::Overloaded) {
    notes.emplace_back(
        "The queue grows as long as requests arrive: latencies depend on how long "
        "the run is, not only on the system.");
  }
  add_notes_on_length(result, notes);
  if (metrics.refused > 0) {
    notes.push_back(
        fmt::format("{} request(s) could never fit and were refused; they are in no "
                    "latency or throughput.",
                    metrics.refused));
  }
  if (metrics.skipped_lines > 0) {
    notes.push_back(
        fmt::format("{} malformed line(s) of the trace were skipped.", metrics.skipped_lines));
  }
  if (metrics.failed_requests > 0) {
    notes.push_back(fmt::format("{} request(s) that the trace marks as failed were not replayed.",
                                metrics.failed_requests));
  }
  if (const auto note = note_on_prefix_caching(result)) {
    notes.push_back(*note);
  }
  return notes;
}

}  // namespace kvsim::cluster
