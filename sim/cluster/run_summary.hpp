// What a result says beside its metrics: bandwidth, cards, notes for the reader.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/ledger.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cluster {

/// Of replicas that are alike.
[[nodiscard]] spec::BandwidthReport bandwidth_report(const spec::RunMetrics& metrics,
                                                     const spec::RunSpec& run);
/// Of all pools together.
[[nodiscard]] spec::BandwidthReport bandwidth_report(const std::vector<spec::PoolResult>& pools);

/// Adds the cards that priced any time at all, in the order in which the step uses them.
void add_cards_used(std::vector<spec::CardUse>& uses, const cost::StepPricer& pricer,
                    const engine::Ledger& ledger);

/// Sentences about what this run does not show or should not be trusted for.
[[nodiscard]] std::vector<std::string> notes_of(const spec::RunResult& result);

}  // namespace kvsim::cluster
