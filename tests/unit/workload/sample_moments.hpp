// Of what was drawn.
#pragma once

#include <vector>

namespace kvsim::workload {

inline constexpr int kDraws = 100'000;

[[nodiscard]] inline double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum / static_cast<double>(values.size());
}

[[nodiscard]] inline double variance(const std::vector<double>& values) {
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) {
    sum += (value - centre) * (value - centre);
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace kvsim::workload
