#include "calibration/fit/pattern_search.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

class PatternSearch {
 public:
  explicit PatternSearch(const std::function<double(const std::vector<double>&)>& value)
      : value_(value) {}

  [[nodiscard]] double at(const std::vector<double>& logs) {
    ++evaluations_;
    std::vector<double> variables(logs.size());
    std::transform(logs.begin(), logs.end(), variables.begin(),
                   [](double log) { return std::exp(log); });
    return value_(variables);
  }
  // One step up or down in each variable, where that is lower.
  [[nodiscard]] std::pair<std::vector<double>, double> explore(std::vector<double> from,
                                                               double lowest, double step) {
    for (double& log : from) {
      const double before = log;
      for (const double change : {step, -step}) {
        log = before + change;
        const double value = at(from);
        if (value < lowest) {
          lowest = value;
          break;
        }
        log = before;
      }
    }
    return {std::move(from), lowest};
  }
  [[nodiscard]] int evaluations() const { return evaluations_; }

 private:
  const std::function<double(const std::vector<double>&)>& value_;
  int evaluations_ = 0;
};

}  // namespace

SearchResult pattern_search(const std::function<double(const std::vector<double>&)>& value,
                            std::vector<double> start, double first_factor, double tolerance) {
  KVSIM_CHECK(!start.empty() && *std::min_element(start.begin(), start.end()) > 0,
              "a search begins above zero");
  std::vector<double> best(start.size());
  std::transform(start.begin(), start.end(), best.begin(), [](double x) { return std::log(x); });
  PatternSearch search(value);
  double lowest = search.at(best);
  for (double step = std::log(first_factor); step > std::log(1 + tolerance);) {
    const auto [next, found] = search.explore(best, lowest, step);
    if (found >= lowest) {
      step /= 2;
      continue;
    }
    // On in the same direction, as long as that leads further down.
    std::vector<double> ahead(best.size());
    for (std::size_t i = 0; i < best.size(); ++i) {
      ahead[i] = 2 * next[i] - best[i];
    }
    best = next;
    lowest = found;
    if (const double value_ahead = search.at(ahead); value_ahead < lowest) {
      best = std::move(ahead);
      lowest = value_ahead;
    }
  }
  std::transform(best.begin(), best.end(), start.begin(), [](double log) { return std::exp(log); });
  return {std::move(start), lowest, search.evaluations()};
}

}  // namespace kvsim::fit
