// When generated requests arrive.
//
//   poisson      gap = E / rate                         E: exponential, mean 1
//   gamma        gap = G / (rate · burstiness)          G: gamma, shape = burstiness, scale 1
//   constant     request i (from 0) arrives at (i + 1) / rate, each rounded once
//   all_at_once  every request arrives at 0
//   stages       staged_arrivals.hpp
//   sine         sine_gaps.hpp
//
// Gamma gaps are those of `vllm bench serve --burstiness` (numpy.random.gamma(shape=burstiness,
// scale=1/(rate·burstiness))): mean 1/rate, coefficient of variation 1/sqrt(burstiness). With
// burstiness 1 they are the Poisson gaps, draw for draw.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sim/base/rng.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"
#include "sim/workload/sine_gaps.hpp"
#include "sim/workload/staged_arrivals.hpp"

namespace kvsim::workload {

class ArrivalTimes {
 public:
  ArrivalTimes(const spec::ArrivalSpec& arrivals, std::uint64_t seed);

  /// When the next request arrives; never earlier than the one before. Nothing after the end of
  /// the last stage; the other processes go on for ever.
  [[nodiscard]] std::optional<SimTime> next();

 private:
  /// Exponential gaps, drawn some at a time: independent draws overlap in the processor.
  struct Drawn {
    static constexpr std::size_t kCount = 32;
    std::array<double, kCount> gap;     ///< with mean 1
    std::array<Duration, kCount> time;  ///< at the rate of the arrivals; if memoryless
  };
  [[nodiscard]] std::size_t drawn_at(std::uint64_t index);
  void draw_gaps(std::uint64_t first);
  [[nodiscard]] Duration random_gap(std::uint64_t index);

  spec::ArrivalSpec arrivals_;
  Rng stream_;
  bool memoryless_;  ///< exponential gaps at one rate
  std::optional<StagedArrivals> staged_;
  std::optional<SineGaps> sine_;
  std::uint64_t count_ = 0;
  SimTime last_;
  Drawn drawn_{};  ///< of the requests from count_ / kCount * kCount on
};

}  // namespace kvsim::workload
