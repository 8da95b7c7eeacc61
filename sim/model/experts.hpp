// Which routed experts a batch of tokens needs, on average and on the busiest GPU.
#pragma once

#include <cstdint>
#include <vector>

namespace kvsim::model {

/// Routed experts on one GPU. Only experts that a token chose are read.
struct ExpertTraffic {
  std::int64_t experts = 0;  ///< on this GPU
  std::int64_t experts_in_all = 0;
  std::int64_t experts_per_token = 0;
  std::int64_t bytes_per_expert = 0;  ///< of this GPU's part of an expert
  /// Of every expert, the chance that a token chooses it; sums to experts_per_token. Empty:
  /// uniform.
  std::vector<double> inclusion;
  /// Tokens are dealt out evenly, as benchmarks do: the first tokens all choose different experts.
  bool balanced = false;
};

/// Chances for a popularity of Zipf's law with this exponent, e^-skew for the e-th expert:
/// 1 - exp(-x·w), x such that they sum to `per_token`. Empty for skew 0.
/// (Checked against Gumbel top-k routing to 1.3 %, PHYSICS 2.3.)
[[nodiscard]] std::vector<double> inclusion_chances(std::int64_t experts, std::int64_t per_token,
                                                    double skew);

/// Experts of this GPU that at least one of `tokens` tokens chose, on average. Uniform routing:
/// E·(1 − (1 − k/E)^T).
[[nodiscard]] double distinct_experts(const ExpertTraffic& experts, std::int64_t tokens);

/// The same on the GPU that has the most. Experts lie where chance put them.
[[nodiscard]] double busiest_distinct_experts(const ExpertTraffic& experts, std::int64_t tokens);

/// (token, expert) pairs on the GPU that has the most, over the average. 1 on a single GPU.
[[nodiscard]] double load_imbalance(const ExpertTraffic& experts, std::int64_t tokens);

/// Expected largest of `count` independent counts, in standard deviations above their mean;
/// `skewness` as of a Poisson law, 1/sqrt(mean). 0 for one count.
[[nodiscard]] double expected_largest(std::int64_t count, double skewness);

}  // namespace kvsim::model
