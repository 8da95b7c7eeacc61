// Batches of unequal contexts: how well α (spec::SkewForm) places them between the time at the mean
// context and the time at the longest, both measured.
//
//   t = t_mean + α·x·(t_max − t_mean)
//
// x is 1 in pure decode; beside a prefill chunk it is the part of the excess that the chunk's own
// context does not hide: (longest − max(mean, chunk)) / (longest − mean).
//
// For LLMServingSim's skew.csv: gpu, model, tp, regime, n, pc, kp, kv_big, kv_mean, t_mean_us,
// t_max_us, t_skew_us.
#pragma once

#include <map>
#include <string>

#include "calibration/fit/csv_table.hpp"
#include "calibration/fit/errors.hpp"
#include "sim/spec/card_forms.hpp"

namespace kvsim::fit {

/// From RTX 4090 and RTX PRO 6000, the only public measurement, and in their cards only: whether it
/// holds on GPUs of other kinds has not been measured.
inline constexpr spec::SkewForm kConsumerSkew = {0.2, 1.6, 0.6};

/// By regime: "pure", "mixed"; and each of them for rows whose time lies between the two measured
/// ones within 1 %, and for those outside, which no α can reach. `multiprocessors` by the names in
/// the table's gpu column. Throws ConfigError: columns missing, a GPU or model that is not known.
[[nodiscard]] std::map<std::string, ErrorSummary> skew_errors(
    const CsvTable& table, const spec::SkewForm& form,
    const std::map<std::string, double>& multiprocessors);

}  // namespace kvsim::fit
