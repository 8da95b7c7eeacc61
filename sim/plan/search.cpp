#include "sim/plan/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "sim/cluster/simulate.hpp"
#include "sim/plan/by_hour.hpp"
#include "sim/plan/how_sure.hpp"
#include "sim/plan/layout_race.hpp"
#include "sim/plan/nearest_miss.hpp"
#include "sim/plan/pareto.hpp"
#include "sim/plan/scaled_load.hpp"
#include "sim/plan/side_by_side.hpp"

namespace kvsim::plan {
namespace {

constexpr std::size_t kWave = 16;
constexpr std::int64_t kLeastRequests = 4000;
constexpr std::int64_t kRequestsPerReplica = 200;

Diagnostic fault_of(const spec::PlanQuestion& question, const spec::PlanSpec& plan,
                    std::string_view why, std::string way_out) {
  Diagnostic fault;
  fault.place.file = fmt::format("run '{}'", question.id);
  fault.path = "plan.objective";
  fault.message = fmt::format("{} {}", spec::name_of(plan.objective, spec::kObjectiveNames), why);
  fault.notes = {std::move(way_out)};
  return fault;
}

void refuse_what_cannot_be_asked(const spec::PlanQuestion& question, const spec::PlanSpec& plan) {
  if (!spec::is_minimum(plan.objective) && !with_load(question.layouts.front().run, 1)) {
    throw ConfigError({fault_of(
        question, plan, "scales the load, and requests that are all queued at once have none",
        "give workload.arrivals a process with a rate, or workload.closed_loop")});
  }
  for (const spec::Layout& layout : question.layouts) {
    if (plan.objective == spec::Objective::MinCost && !layout.run.price) {
      const std::string& gpu = layout.run.cluster.gpu.name;
      throw ConfigError({fault_of(
          question, plan, fmt::format("needs a price for '{}'", gpu),
          fmt::format("write prices: {{as_of: YYYY-MM-DD, gpu_hour: {{{}: 2.50}}}}", gpu))});
    }
  }
}

class Search {
 public:
  Search(const spec::PlanQuestion& question, const spec::PlanSpec& plan,
         const std::vector<spec::CardSpec>& cards, const SearchOptions& options)
      : question_(question), plan_(plan), options_(options) {
    const Demand demand = demand_of(question.layouts.front().run);
    std::vector<std::optional<LayoutRace>> races(question.layouts.size());
    do_all(races.size(), options, [&](std::size_t i) {
      races[i].emplace(question.layouts[i], plan_, cards, demand, options.keep_going);
    });
    for (std::optional<LayoutRace>& race : races) {
      races_.push_back(*std::move(race));
    }
  }

  spec::PlanAnswer answer();
  [[nodiscard]] std::vector<LayoutRace>& races() { return races_; }

 private:
  void race();
  void wave(const std::vector<std::size_t>& entrants);
  void run_runners();
  void take_best();
  [[nodiscard]] bool is_better(std::size_t a, std::size_t b) const;
  [[nodiscard]] std::string whose() const;
  void tell(std::size_t done) const;

  const spec::PlanQuestion& question_;
  const spec::PlanSpec& plan_;
  const SearchOptions& options_;
  std::vector<LayoutRace> races_;
  std::optional<std::size_t> best_;
};

// Of two that meet the limits.
bool Search::is_better(std::size_t a, std::size_t b) const {
  const auto rank = [&](std::size_t i) {
    const spec::PlanLayout& layout = races_[i].layout();
    const spec::PlanPoint& point = layout.points[*layout.best];
    return std::tuple(*races_[i].value(), point.gpus, !point.sure, worst_ratio(point), i);
  };
  return rank(a) < rank(b);
}

void Search::take_best() {
  for (std::size_t i = 0; i < races_.size(); ++i) {
    if (races_[i].value() && (!best_ || is_better(i, *best_))) {
      best_ = i;
    }
  }
}

std::string choice_words(const spec::PlanLayout& layout) {
  std::string words;
  for (const auto& [key, value] : layout.choice) {
    const std::string name = key.substr(key.rfind('.') + 1);
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", name, value);
  }
  return words.empty() ? "the only layout" : words;
}

std::string Search::whose() const {
  return best_ ? choice_words(races_[*best_].layout()) : std::string();
}

void Search::tell(std::size_t done) const {
  if (options_.tell) {
    const spec::PlanLayout* layout = best_ ? &races_[*best_].layout() : nullptr;
    options_.tell(done, races_.size(),
                  layout != nullptr ? size_words(layout->points[*layout->best]) : "none yet");
  }
}

void Search::wave(const std::vector<std::size_t>& entrants) {
  const std::optional<double> best = best_ ? races_[*best_].value() : std::nullopt;
  const std::string name = whose();
  do_all(entrants.size(), options_, [&](std::size_t i) { races_[entrants[i]].run(best, name); });
  take_best();
}

void Search::race() {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < races_.size(); ++i) {
    if (races_[i].is_open()) {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return races_[a].value_at_best() < races_[b].value_at_best();
  });
  const std::size_t closed = races_.size() - order.size();
  for (std::size_t begin = 0; begin < order.size();) {
    const std::size_t size = std::min(best_ ? kWave : 1, order.size() - begin);
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    wave({first, first + static_cast<std::ptrdiff_t>(size)});
    begin += size;
    tell(closed + begin);
  }
}

// The nearest of each GPU and replica size that has no level yet.
void Search::run_runners() {
  using Kind = std::pair<std::string, std::int64_t>;
  std::map<Kind, std::optional<std::size_t>> runner_of;
  const auto kind_of = [&](std::size_t i) {
    return Kind{races_[i].layout().gpu, races_[i].layout().gpus_per_replica};
  };
  const auto distance = [&](std::size_t i) {
    const spec::PlanPoint* nearest = races_[i].nearest();
    return std::tuple(
        nearest != nullptr ? worst_ratio(*nearest) : std::numeric_limits<double>::infinity(),
        races_[i].value_at_best(), races_[i].bound().seconds_per_request);
  };
  for (std::size_t i = 0; i < races_.size(); ++i) {
    if (races_[i].is_open()) {
      std::optional<std::size_t>& runner = runner_of[kind_of(i)];
      const bool has_level = runner && races_[*runner].value();
      if (!has_level && (!runner || races_[i].value() || distance(i) < distance(*runner))) {
        runner = i;
      }
    }
  }
  std::vector<std::size_t> runners;
  for (const auto& [kind, runner] : runner_of) {
    if (!races_[*runner].value()) {
      runners.push_back(*runner);
    }
  }
  do_all(runners.size(), options_,
         [&](std::size_t i) { races_[runners[i]].run(std::nullopt, {}); });
}

spec::PlanAnswer Search::answer() {
  race();
  if (best_) {
    run_runners();
    take_best();
    races_[*best_].layout().fate = spec::LayoutFate::Winner;
    races_[*best_].layout().rule.clear();
    races_[*best_].layout().reason.clear();
  }
  spec::PlanAnswer answer;
  answer.id = question_.id;
  answer.variant = question_.variant;
  answer.overrides = question_.overrides;
  answer.plan = plan_;
  answer.winner = best_;
  for (const LayoutRace& race : races_) {
    answer.layouts.push_back(race.layout());
    answer.simulations += race.simulations();
    answer.simulated_requests += race.simulated_requests();
  }
  mark_front(answer.layouts);
  return answer;
}

}  // namespace

void do_all(std::size_t count, const SearchOptions& options,
            const std::function<void(std::size_t)>& work) {
  const auto keep_going = [&] { return !options.keep_going || options.keep_going(); };
  side_by_side(count, options.jobs, work, keep_going);
  if (!keep_going()) {
    throw cluster::Interrupted();
  }
}

TrialOptions trial_options(const spec::PlanSpec& plan, std::int64_t replicas) {
  TrialOptions options;
  options.confidence = plan.confidence;
  options.precision = plan.precision;
  options.most_requests = plan.max_requests;
  options.least_requests =
      std::min(plan.max_requests, std::max(kLeastRequests, kRequestsPerReplica * replicas));
  return options;
}

spec::PlanAnswer search(const spec::PlanQuestion& question, const spec::PlanSpec& plan,
                        const std::vector<spec::CardSpec>& cards, const SearchOptions& options) {
  refuse_what_cannot_be_asked(question, plan);
  Search search(question, plan, cards, options);
  spec::PlanAnswer answer = search.answer();
  if (answer.winner) {
    add_confidence(answer, question, search.races()[*answer.winner], cards, options);
    add_hours(answer, cards, options);
  } else {
    add_miss(answer, question, search.races(), cards, options);
  }
  return answer;
}

}  // namespace kvsim::plan
