// Arrivals whose rate changes from stage to stage; they end with the last stage.
//
//   Λ(t) = ∫ rate dt, the requests expected until t: piecewise linear, flat in a pause
//
//   poisson   request i arrives at Λ⁻¹(E_0 + … + E_i), E exponential with mean 1: a Poisson process
//             of rate 1 under a change of time. One stage gives the plain Poisson process, draw for
//             draw, and another rate stretches the same arrivals.
//   counted   n = floor(rate · duration) requests in each stage, the gaps E scaled so that the last
//             one falls on its end. This is what inference-perf calls `constant`: n points
//             that are Poisson given their number (inference_perf/loadgen/load_timer.py).
//   constant  n requests in each stage, request j (from 0) at its begin + (j + 1) / rate
//
// E_i is drawn from item i of the stream, as in the other processes.
#pragma once

#include <optional>
#include <vector>

#include "sim/base/rng.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"

namespace kvsim::workload {

class StagedArrivals {
 public:
  /// Requires: stages within check_limits().
  StagedArrivals(std::vector<spec::RateStage> stages, spec::StageGaps gaps, Rng stream);

  /// When the next request arrives; nothing after the end of the last stage.
  [[nodiscard]] std::optional<SimTime> next();

 private:
  [[nodiscard]] std::optional<SimTime> next_poisson();
  [[nodiscard]] std::optional<SimTime> next_of_count();
  [[nodiscard]] double unit_gap(std::uint64_t index) const;
  void enter_next_stage();
  void count_stage();

  std::vector<spec::RateStage> stages_;
  spec::StageGaps gaps_;
  Rng stream_;
  std::size_t stage_ = 0;
  SimTime begin_;           // of the stage
  SimTime last_;            // the arrival before, or the stage's begin
  std::uint64_t item_ = 0;  // of the stream, for the next request
  // Of stages with a count:
  std::int64_t in_stage_ = 0;  // requests of the stage
  std::int64_t sent_ = 0;      // of these
  double gap_sum_ = 0;         // of the unit gaps of all its requests
  double gap_sum_sent_ = 0;
};

}  // namespace kvsim::workload
