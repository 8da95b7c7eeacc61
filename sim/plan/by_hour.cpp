#include "sim/plan/by_hour.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "sim/plan/first_level.hpp"
#include "sim/plan/plan_point.hpp"
#include "sim/plan/rate_profile.hpp"

namespace kvsim::plan {
namespace {

constexpr std::size_t kMostRates = 48;

spec::RunSpec steady(spec::RunSpec run, double rate, std::int64_t replicas, std::int64_t requests) {
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(rate), 1};
  run.workload.speedup = 1;
  run.workload.request_rate.reset();
  run.workload.num_requests = requests;
  run.cluster.replicas = replicas;
  return run;
}

// The rates to simulate, ascending, each an upper end for those below it.
std::vector<double> rates_of(const spec::OfferedRate& offered) {
  std::vector<double> all;
  for (const spec::RateWindow& window : offered.windows) {
    if (window.rate > 0) {
      all.push_back(window.rate);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  const std::size_t stride = (all.size() + kMostRates - 1) / kMostRates;
  std::vector<double> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((all.size() - 1 - i) % std::max<std::size_t>(1, stride) == 0) {
      kept.push_back(all[i]);
    }
  }
  return kept;
}

}  // namespace

void add_hours(spec::PlanAnswer& answer, const std::vector<spec::CardSpec>& cards,
               const SearchOptions& options) {
  const spec::RunSpec& run = *answer.run;
  if (!spec::is_minimum(answer.plan.objective)) {
    return;
  }
  const auto offered = offered_rate(run);
  if (!offered || offered->windows.size() < 2) {
    return;
  }
  const std::vector<double> rates = rates_of(*offered);
  const std::int64_t most = answer.plan.max_gpus / run.engine.tensor_parallel_size;
  std::vector<std::optional<std::int64_t>> replicas(rates.size());
  std::atomic<std::int64_t> simulations{0};
  std::atomic<std::int64_t> requests{0};
  const auto meets = [&](double rate, std::int64_t count) {
    const TrialOptions how = trial_options(answer.plan, count);
    const Trial trial =
        try_run(steady(run, rate, count, how.most_requests), cards, how, options.keep_going);
    simulations += trial.simulations;
    requests += trial.simulated_requests;
    return point_of(trial, answer.plan, 1).meets;
  };
  do_all(rates.size(), options, [&](std::size_t i) {
    const double share = rates[i] / offered->peak_rate;
    const auto guess = std::llround(std::ceil(share * static_cast<double>(run.cluster.replicas)));
    replicas[i] = first_from(1, std::clamp<std::int64_t>(guess, 1, most), most,
                             [&](std::int64_t count) { return meets(rates[i], count); });
  });
  answer.hours.emplace();
  answer.hours->window = offered->window;
  for (const spec::RateWindow& window : offered->windows) {
    const auto at = static_cast<std::size_t>(
        std::lower_bound(rates.begin(), rates.end(), window.rate) - rates.begin());
    answer.hours->hours.push_back(
        {window.start, window.rate,
         window.rate > 0 ? replicas[at] : std::optional<std::int64_t>(0)});
  }
  answer.simulations += simulations;
  answer.simulated_requests += requests;
}

}  // namespace kvsim::plan
