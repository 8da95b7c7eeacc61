#include "sim/cluster/run_summary.hpp"

#include <fmt/format.h>

#include <optional>

#include "sim/memory/kv_manager.hpp"

namespace kvsim::cluster {
namespace {

// A model whose layers keep different tokens finds a prefix only where all of them still have it.
// Worth a word only where it could have mattered.
std::optional<std::string> note_on_prefix_caching(const spec::RunResult& result) {
  const memory::PagePlan plan = memory::plan_pages(result.spec.model, result.spec.engine);
  const bool matters =
      result.metrics.requests_with_content > 0 || result.metrics.num_preemptions > 0;
  if (!result.spec.engine.enable_prefix_caching || memory::can_cache_prefixes(plan) || !matters) {
    return std::nullopt;
  }
  return "enable_prefix_caching: not simulated for a model with windows, chunks or states: every "
         "prompt was computed as a whole, which an engine may have found in its cache.";
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

std::vector<spec::CardUse> cards_used(const cost::StepPricer& pricer,
                                      const engine::Ledger& ledger) {
  std::vector<spec::CardUse> uses;
  for (std::size_t i = 0; i < pricer.cards().size(); ++i) {
    const cost::ChosenCard& chosen = pricer.cards()[i];
    if (ledger.time_by_card[i] == 0) {
      continue;
    }
    uses.push_back(
        {chosen.card.name, std::string(spec::name_of(chosen.card.op, spec::kCardOperatorNames)),
         chosen.provenance, chosen.card.source, Duration(ledger.time_by_card[i]), chosen.error});
  }
  return uses;
}

std::vector<std::string> notes_of(const spec::RunResult& result) {
  const spec::RunMetrics& metrics = result.metrics;
  std::vector<std::string> notes;
  if (metrics.stability == spec::Stability::Overloaded) {
    notes.emplace_back(
        "The queue grows as long as requests arrive: latencies depend on how long "
        "the run is, not only on the system.");
  }
  if (!result.spec.engine.max_model_len &&
      result.memory.max_model_len < result.spec.model.max_position_embeddings) {
    notes.push_back(
        fmt::format("max_model_len is {}, as much of the model's {} tokens as the cache "
                    "holds; vLLM needs --max-model-len auto for that.",
                    result.memory.max_model_len, result.spec.model.max_position_embeddings));
  }
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
