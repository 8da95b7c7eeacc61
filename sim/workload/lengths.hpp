// Lengths in tokens from a distribution, rounded to whole tokens, at least 1.
//
// A lognormal, exp(mu + sigma·Z) with Z standard normal, is given by its mean and one more value:
//
//   mean = exp(mu + sigma²/2)       median = exp(mu)       p99 = exp(mu + z99·sigma)
//
//   mean, p99:     sigma²/2 - z99·sigma + ln(p99/mean) = 0, of whose two roots the smaller is
//                  taken; mu = ln(mean) - sigma²/2
//   mean, median:  mu = ln(median), sigma = sqrt(2·ln(mean/median))
//
// The parameters are those of the distribution before rounding. A normal is cut at its ends: what
// falls outside becomes min or max, as numpy.clip does it for inference-perf.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "sim/base/rng.hpp"
#include "sim/spec/workload.hpp"
#include "sim/workload/length_cells.hpp"

namespace kvsim::workload {

struct LognormalParameters {
  double mu = 0;
  double sigma = 0;
};

/// Requires: exactly one of p99 and median is given, and it is possible with this mean (checked).
[[nodiscard]] LognormalParameters lognormal_parameters(const spec::LognormalSpec& lognormal);

class LengthSampler {
 public:
  explicit LengthSampler(const spec::LengthSpec& length);

  /// The length at this point of the distribution. Requires: 0 < uniform < 1.
  [[nodiscard]] std::int64_t at(double uniform) const;
  [[nodiscard]] std::int64_t draw(RandomDraws draws) const { return at(draws.uniform()); }
  /// The lengths of items `first`, `first` + 1, ... of the stream. Who draws many soon finds most
  /// of them in cells.
  void draw(const Rng& stream, std::uint64_t first, std::span<std::int64_t> lengths);

 private:
  /// Inverse of the cumulative weights; ascending in tokens, so equal shares give equal lengths.
  struct Empirical {
    std::vector<std::int64_t> tokens;
    std::vector<double> cumulative;
  };
  using Fixed = std::int64_t;
  using Distribution =
      std::variant<Fixed, spec::UniformSpec, LognormalParameters, Empirical, spec::NormalSpec>;

  static constexpr std::int64_t kWorthCells = 16'384;  // draws that take about as long as cells

  static Distribution distribution_of(const spec::LengthSpec& length);
  static Empirical empirical_of(const spec::EmpiricalSpec& empirical);
  static std::int64_t length_at(Fixed tokens, double share);
  static std::int64_t length_at(const spec::UniformSpec& uniform, double share);
  static std::int64_t length_at(const LognormalParameters& lognormal, double share);
  static std::int64_t length_at(const spec::NormalSpec& normal, double share);
  static std::int64_t length_at(const Empirical& empirical, double share);

  [[nodiscard]] bool has_quantile() const {
    return std::holds_alternative<LognormalParameters>(distribution_) ||
           std::holds_alternative<spec::NormalSpec>(distribution_);
  }

  Distribution distribution_;
  std::int64_t drawn_ = 0;            ///< one by one
  std::optional<LengthCells> cells_;  ///< once that many have been drawn
};

}  // namespace kvsim::workload
