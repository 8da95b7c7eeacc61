// Which points are measured, in how many rounds, and how long that will take.
//
// A card of decode attention or of a product gets 24 to 48 points: between powers of two as well as
// on them (kernels have cliffs there), odd batches, each head shape with one batch of more than
// 1 GiB of cache. Rounds visit all points in a fresh order, so that drift and clocks show as spread
// between rounds and not as a trend between shapes.
#pragma once

#include <string>
#include <vector>

#include "calibration/bench/point.hpp"

namespace kvsim {
namespace bench {

struct Plan {
  std::vector<Point> points;
  int rounds = 1;
};

/// `ops`: names; empty: all. Throws std::invalid_argument with the known names for an unknown one.
[[nodiscard]] Plan make_plan(bool quick, const std::vector<std::string>& ops);

/// What a GPU can do at best; for estimates.
struct Rates {
  double bytes_per_second = 3.35e12;    // NVIDIA H100 datasheet, SXM
  double flops_per_second = 989e12;     // the same, dense bf16
  double host_bytes_per_second = 50e9;  // PCIe 5.0 x16: 63 GB/s less protocol
};

/// Seconds of one call: 85 % of the slower of both rates, and 3 us of launch.
[[nodiscard]] double expected_call_seconds(const Point& point, const Rates& rates);
/// Seconds of measuring it once, with what is around it.
[[nodiscard]] double expected_sample_seconds(const Point& point, const Rates& rates);
/// All rounds, and the start.
[[nodiscard]] double expected_plan_seconds(const Plan& plan, const Rates& rates);

/// Order of a round: streams first (their peak judges the others), the rest shuffled.
[[nodiscard]] std::vector<int> order_of_round(const Plan& plan, int round);

/// The plan as a table for --dry-run.
[[nodiscard]] std::string plan_text(const Plan& plan, const Rates& rates);

}  // namespace bench
}  // namespace kvsim
