// Predicted beside measured: errors by row, by group and by target.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/card.hpp"
#include "sim/spec/measured_map.hpp"

namespace kvsim::validate {

struct Bounds {
  double low = 0;
  double high = 0;
};

/// One metric of one row.
struct Comparison {
  std::string row;
  int line = 0;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string metric;
  double measured = 0;
  double predicted = 0;
  std::optional<double> mean_field;  ///< what the formula without a simulation says
  std::optional<Bounds> interval;    ///< of the prediction
  std::array<double, spec::kProvenanceNames.size()> provenance{};  ///< shares of priced time
  std::vector<std::string> targets;
  std::vector<std::size_t> causes;
  std::string fitted;  ///< host time of this stack was fitted to it: in no error
};

/// Of |predicted/measured - 1|, as fractions of one. Percentiles are type 7.
struct Errors {
  std::size_t n = 0;
  double median_ape = 0;
  double mean_ape = 0;
  double p90_ape = 0;
  double bias = 0;  ///< mean of predicted/measured - 1; above 0: too slow, of latencies
};

/// How often an interval holds the measured value, and how wide it is.
struct Coverage {
  std::size_t n = 0;
  double share = 0;
  double median_half_width = 0;  ///< of (high - low)/2 over the prediction
};

struct Group {
  std::string by;  ///< column, several joined by " x ", or "all"
  std::string name;
  std::string metric;
  Errors errors;
  std::optional<Errors> mean_field;  ///< of the rows that the formula can say something about
  std::optional<Coverage> coverage;
};

struct TargetResult {
  spec::ValidationTarget target;
  Group group;
  bool met = false;
};

struct Skipped {
  std::string reason;
  std::vector<std::string> rows;
};

struct Judgement {
  std::string map;
  std::string source;
  std::string table;
  std::vector<Comparison> rows;
  std::vector<Skipped> skipped;  ///< rows that were not simulated, the most frequent reason first
  std::vector<Group> groups;
  std::vector<TargetResult> targets;
  std::vector<Group> causes;  ///< rows of which the map knows why they are off; named by that
};

[[nodiscard]] Errors errors_of(const std::vector<double>& ratios);

/// Fills groups, targets and causes of `judgement` from its rows. Rows of a host fit are in none of
/// them.
void judge(Judgement& judgement, const spec::MeasuredMap& map);

}  // namespace kvsim::validate
