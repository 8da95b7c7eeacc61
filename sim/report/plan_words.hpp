// Pieces of what is said about a plan, for its sentences, tables and charts alike. Internal to the
// room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/plan_limits.hpp"

namespace kvsim::report {

/// "MLA", "4/s", "MLA, 4/s": all different, as run_labels.
[[nodiscard]] std::vector<std::string> question_labels(const std::vector<spec::PlanAnswer>& plans);

/// The layout that answers; null without a plan.
[[nodiscard]] const spec::PlanLayout* winner_of(const spec::PlanAnswer& answer);
/// Its best point; null without a plan.
[[nodiscard]] const spec::PlanPoint* winning_point(const spec::PlanAnswer& answer);
/// The best point of a layout, else the last one tried; null when nothing was simulated.
[[nodiscard]] const spec::PlanPoint* telling_point(const spec::PlanLayout& layout);
/// The limit that is missed by the largest factor; null when none is.
[[nodiscard]] const spec::PlanLimit* worst_missed(const spec::PlanPoint& point);

using spec::metric_name;
/// "61 ms of 50 ms"; of a limit missed by less than can be read "50 ms, just above 50 ms"
[[nodiscard]] std::string of_limit(const spec::PlanLimit& limit);
/// "47 ms to 53 ms", "47 ms or more"
[[nodiscard]] std::string interval_words(const spec::PlanLimit& limit);

/// "1 replica", "40 GPUs"
[[nodiscard]] std::string count_words(std::int64_t count, const std::string& word);
/// "63.2 requests/s"
[[nodiscard]] std::string rate_words(double requests_per_second);
/// "TP 8"
[[nodiscard]] std::string parallel_words(const spec::PlanLayout& layout);
/// "max_num_seqs 128": what else was searched; may be empty
[[nodiscard]] std::string setting_words(const spec::PlanLayout& layout);
/// "TP 8 on h200-sxm (max_num_seqs 128)"
[[nodiscard]] std::string layout_words(const spec::PlanLayout& layout);
/// "5 replicas × TP 8 on h200-sxm (max_num_seqs 128)"
[[nodiscard]] std::string layout_words(const spec::PlanLayout& layout, std::int64_t replicas);
/// "with up to 64 GPUs", "with 5 replicas": how large a layout may be
[[nodiscard]] std::string room_words(const spec::PlanSpec& plan);

/// "95 %"
[[nodiscard]] std::string confidence_words(const spec::PlanSpec& plan);
/// "83 %", never rounded to 0 or 100
[[nodiscard]] std::string whole_percent(double fraction);

/// "$1.92", "1.92 CHF"; the number alone where the currency is not known
[[nodiscard]] std::string money_words(double amount, const std::string& currency);
/// "$2.50/GPU-h (prices of 2026-11-01)"; empty without a price
[[nodiscard]] std::string price_words(const spec::PlanAnswer& answer);
/// Empty without a price.
[[nodiscard]] std::string currency_of(const spec::PlanAnswer& answer);

}  // namespace kvsim::report
