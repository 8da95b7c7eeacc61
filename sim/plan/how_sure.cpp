#include "sim/plan/how_sure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "sim/plan/first_level.hpp"
#include "sim/plan/replicate.hpp"
#include "sim/plan/scaled_load.hpp"

namespace kvsim::plan {
namespace {

constexpr double kChange = 0.2;
constexpr std::int64_t kLongerThanATrial = 4;

using Change = std::function<std::optional<spec::RunSpec>(const spec::RunSpec&)>;

/// The level that something else would take, found from the winner's on.
class Elsewhere {
 public:
  Elsewhere(const spec::PlanSpec& plan, const LayoutRace& winner,
            const std::vector<spec::CardSpec>& cards, const SearchOptions& options)
      : plan_(plan), winner_(winner), cards_(cards), options_(options) {
    const std::int64_t level = winner.best_level();
    const bool counts_replicas = spec::is_minimum(plan.objective);
    lowest_ = counts_replicas ? 1 : level - kMostSteps;
    highest_ = counts_replicas ? 4 * level + 4 : level + kMostSteps;
  }

  /// Nothing: none up to four times as many replicas, or down to a seventh of the load. Requires:
  /// `change` gives a run.
  [[nodiscard]] std::optional<std::int64_t> level(const Change& change) {
    return first_from(lowest_, winner_.best_level(), highest_, [&](std::int64_t level) {
      const std::int64_t replicas = winner_.levels().replicas(level);
      TrialOptions options = trial_options(plan_, replicas);
      options.least_requests =
          std::min(options.most_requests, kLongerThanATrial * options.least_requests);
      options.most_requests = options.least_requests;
      const Trial trial =
          try_run(*change(winner_.levels().run_at(level)), cards_, options, options_.keep_going);
      simulations_ += trial.simulations;
      simulated_requests_ += trial.simulated_requests;
      return point_of(trial, plan_, winner_.levels().load(level)).meets;
    });
  }
  void count(spec::PlanAnswer& answer) const {
    answer.simulations += simulations_;
    answer.simulated_requests += simulated_requests_;
  }

 private:
  static constexpr std::int64_t kMostSteps = 100;  // 1.02^100 = 7

  const spec::PlanSpec& plan_;
  const LayoutRace& winner_;
  const std::vector<spec::CardSpec>& cards_;
  const SearchOptions& options_;
  std::int64_t lowest_ = 1, highest_ = 1;
  std::atomic<std::int64_t> simulations_{0}, simulated_requests_{0};
};

struct Case {
  std::string words;
  Change change;
};

// Those that can be asked of this workload.
std::vector<Case> cases_of(const spec::PlanSpec& plan, const spec::RunSpec& run) {
  std::vector<Case> cases;
  for (const double sign : {-1.0, 1.0}) {
    const double factor = 1 + sign * kChange;
    const std::string by = fmt::format("{:+.0f} %", 100 * sign * kChange);
    if (spec::is_minimum(plan.objective) && with_load(run, factor)) {
      cases.push_back({"rate " + by, [factor](const auto& r) { return with_load(r, factor); }});
    }
    if (with_lengths(run, factor)) {
      cases.push_back(
          {"lengths " + by, [factor](const auto& r) { return with_lengths(r, factor); }});
    }
  }
  std::stable_sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    return a.words.front() > b.words.front();  // rate before lengths
  });
  return cases;
}

spec::PlanSensitivity sensitivity_of(const Case& which, std::optional<std::int64_t> level,
                                     const spec::PlanPoint& point, const Levels& levels) {
  spec::PlanSensitivity row;
  row.change = which.words;
  if (level) {
    row.replicas = levels.replicas(*level);
    row.gpus = *row.replicas * (point.gpus / point.replicas);
    row.request_rate = point.request_rate * levels.load(*level) / point.load;
  }
  return row;
}

// By order, not between two draws: nobody runs half a replica. A draw that found no level is above
// all others.
spec::PlanDraws draws_of(std::vector<std::int64_t> found, std::int64_t draws,
                         const LayoutRace& winner, const spec::PlanPoint& point,
                         const spec::PlanSpec& plan) {
  std::sort(found.begin(), found.end());
  const std::int64_t level = winner.best_level();
  const bool fewest = spec::is_minimum(plan.objective);
  const auto count_up_to = [&](std::int64_t most) {
    return std::upper_bound(found.begin(), found.end(), most) - found.begin();
  };
  const auto worth = [&](std::size_t draw) {
    if (draw >= found.size()) {
      return fewest ? std::numeric_limits<double>::infinity() : 0;
    }
    return fewest ? static_cast<double>(found[draw])
                  : point.request_rate * winner.levels().load(found[draw]) / point.load;
  };
  const auto tail =
      static_cast<std::size_t>(std::floor((1 - plan.confidence) / 2 * static_cast<double>(draws)));
  const double one = worth(tail);
  const double other = worth(static_cast<std::size_t>(draws) - 1 - tail);
  return {draws, count_up_to(level), count_up_to(level - 1), std::min(one, other),
          std::max(one, other)};
}

}  // namespace

void add_confidence(spec::PlanAnswer& answer, const spec::PlanQuestion& question,
                    LayoutRace& winner, const std::vector<spec::CardSpec>& cards,
                    const SearchOptions& options) {
  const std::int64_t level = winner.best_level();
  const Levels& levels = winner.levels();
  answer.run = levels.run_at(level);
  answer.run->id = question.id;
  const std::vector<Case> cases = cases_of(answer.plan, *answer.run);
  const auto draws = static_cast<std::size_t>(answer.plan.draws);
  std::vector<std::optional<std::int64_t>> found(draws + cases.size());
  Elsewhere elsewhere(answer.plan, winner, cards, options);
  do_all(found.size(), options, [&](std::size_t i) {
    const Change redraw = [i](const spec::RunSpec& run) {
      return std::optional(replicate_of(run, static_cast<std::int64_t>(i) + 1));
    };
    found[i] = elsewhere.level(i < draws ? redraw : cases[i - draws].change);
  });
  const spec::PlanLayout& layout = winner.layout();
  const spec::PlanPoint point = layout.points[*layout.best];
  if (spec::is_minimum(answer.plan.objective) && level > 1) {
    answer.below = winner.at(level - 1);
    answer.layouts[*answer.winner].points = winner.layout().points;
  }
  std::vector<std::int64_t> drawn;
  for (std::size_t i = 0; i < draws; ++i) {
    if (found[i]) {
      drawn.push_back(*found[i]);
    }
  }
  if (draws > 0) {
    answer.draws = draws_of(std::move(drawn), answer.plan.draws, winner, point, answer.plan);
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    answer.sensitivity.push_back(sensitivity_of(cases[i], found[draws + i], point, levels));
  }
  elsewhere.count(answer);
}

}  // namespace kvsim::plan
