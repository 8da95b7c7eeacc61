// Hand-made plans, with round numbers that can be checked by eye.
#pragma once

#include "sim/report/study_results.hpp"

namespace kvsim::report::sample {

/// 40 GPUs = 5 replicas × TP 8 on h200-sxm (max_num_seqs 128) at $2.50 an hour and GPU; of six
/// layouts one is the winner, one also meets (44 GPUs), one is rejected, one pruned, two refused.
[[nodiscard]] spec::PlanAnswer plan();
/// The same for one variant of several, at 8 GPUs a replica.
[[nodiscard]] spec::PlanAnswer plan_of(const std::string& variant, std::int64_t replicas);
/// 63 requests/s on 16 GPUs = 2 replicas × TP 8 on h200-sxm.
[[nodiscard]] spec::PlanAnswer throughput_plan();
/// No layout of two with up to 64 GPUs: the nearest misses p99 TPOT, 61 ms of 50 ms.
[[nodiscard]] spec::PlanAnswer no_plan();

[[nodiscard]] StudyResults planned(std::vector<spec::PlanAnswer> plans);

}  // namespace kvsim::report::sample
