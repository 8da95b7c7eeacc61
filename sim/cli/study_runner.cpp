#include "sim/cli/study_runner.hpp"

#include <fmt/format.h>

#include <numeric>
#include <optional>

#include "sim/cli/interrupt.hpp"
#include "sim/cli/stopwatch.hpp"
#include "sim/cluster/prefix_curve.hpp"
#include "sim/cluster/simulate.hpp"
#include "sim/plan/rate_profile.hpp"
#include "sim/plan/side_by_side.hpp"
#include "sim/plan/steady_state.hpp"
#include "sim/plan/step_profile.hpp"
#include "sim/report/requests_csv.hpp"
#include "sim/report/schedule_trace.hpp"

namespace kvsim::cli {
namespace {

class RunObserver final : public cluster::Observer {
 public:
  RunObserver(Progress& progress, std::size_t simulation, std::string name)
      : progress_(progress), simulation_(simulation), name_(std::move(name)) {
    progress_.begun(simulation_);
  }

  /// What a run leaves beside its result; a replicate leaves nothing.
  void write(const spec::RunSpec& run, std::size_t index, const RunFiles& files) {
    logs_ = plan::is_steady(run.workload);
    if (files.requests) {
      rows_.emplace(files.requests(index), run.id);
    }
    if (files.schedule) {
      steps_.emplace(files.schedule(index), run.id);
    }
    if (files.timelines != nullptr) {
      timeline_ = &(*files.timelines)[index];
    }
  }

  void on_finished(const spec::RequestRecord& record) override {
    if (rows_) {
      rows_->write(record);
    }
    if (timeline_ != nullptr) {
      timeline_->finish(record);
    }
    if (logs_) {
      log_.add(record);
    }
  }
  void on_refused(RequestId id) override {
    if (rows_) {
      rows_->skip(id);
    }
  }
  [[nodiscard]] bool wants_steps() const override {
    return steps_.has_value() || timeline_ != nullptr;
  }
  void on_step(const spec::ScheduledStep& step) override {
    if (steps_) {
      steps_->write(step);
    }
    if (timeline_ != nullptr) {
      timeline_->take(step);
    }
  }
  bool keep_going(std::int64_t finished, SimTime now) override {
    progress_.at(simulation_, name_, finished, now);
    return !interrupted();
  }
  void close(spec::RunResult& result) {
    result.steady_state = plan::steady_state(result, log_);
    if (rows_) {
      rows_->close();
    }
    if (steps_) {
      steps_->close();
    }
    if (timeline_ != nullptr) {
      timeline_->close(result);
    }
  }

 private:
  Progress& progress_;
  std::size_t simulation_;
  std::string name_;
  std::optional<report::RequestsCsvPart> rows_;
  std::optional<report::ScheduleTracePart> steps_;
  report::RunTimeline* timeline_ = nullptr;
  bool logs_ = false;  ///< latencies, where there is a steady state to find
  plan::ThinnedLog log_{plan::kRequestsForSteadyState};
};

// The simulations of one study: where each result goes, whoever made it and when.
class Simulations {
 public:
  Simulations(const spec::StudySpec& study, const HowToRun& how, Progress& progress,
              const RunFiles& files)
      : study_(study),
        how_(how),
        progress_(progress),
        files_(files),
        results_(study.runs.size()),
        replicates_(study.runs.size(), std::vector<plan::Outcome>(
                                           static_cast<std::size_t>(how.replicate.replicates))) {}

  /// Takes what was finished before; the others are what is to be done.
  std::vector<std::size_t> without_finished(const std::vector<std::size_t>& simulations) {
    if (files_.points == nullptr) {
      return simulations;
    }
    std::vector<std::size_t> rest;
    for (const std::size_t simulation : simulations) {
      if (const auto seconds = take_finished(run_of(simulation), replicate_of(simulation))) {
        progress_.finished_before(simulation, *seconds);
        tell_rows(simulation);
      } else {
        rest.push_back(simulation);
      }
    }
    progress_.say(files_.points->said_of_before());
    return rest;
  }

  void simulate(std::size_t simulation) {
    if (replicate_of(simulation) == 0) {
      simulate_run(simulation);
    } else {
      simulate_replicate(simulation);
    }
  }

  /// Requires: every simulation is done.
  std::vector<spec::RunResult> take_results() {
    for (std::size_t run = 0; run < results_.size() && how_.replicate.replicates > 0; ++run) {
      plan::add_intervals(results_[run], replicates_[run], how_.replicate.confidence);
    }
    return std::move(results_);
  }

 private:
  [[nodiscard]] std::size_t run_of(std::size_t i) const { return i % study_.runs.size(); }
  [[nodiscard]] std::size_t replicate_of(std::size_t i) const { return i / study_.runs.size(); }

  void tell_rows(std::size_t simulation) const {
    if (files_.rows_are_there && replicate_of(simulation) == 0) {
      files_.rows_are_there(run_of(simulation));
    }
  }

  // The seconds that it took.
  std::optional<double> take_finished(std::size_t run, std::size_t replicate) {
    if (replicate == 0) {
      if (auto result = files_.points->find_run(run)) {
        results_[run] = std::move(*result);
        return results_[run].wall_seconds;
      }
    } else if (auto stored = files_.points->find_replicate(run, replicate)) {
      replicates_[run][replicate - 1] = std::move(stored->outcome);
      return stored->wall_seconds;
    }
    return std::nullopt;
  }

  void simulate_run(std::size_t simulation) {
    const std::size_t index = run_of(simulation);
    const spec::RunSpec& run = study_.runs[index];
    const auto begin = Clock::now();
    RunObserver observer(progress_, simulation, run.id);
    observer.write(run, index, files_);
    spec::RunResult result = cluster::simulate(run, study_.cards, observer, how_.stepper);
    observer.close(result);
    if (result.metrics.requests_with_content > 0) {
      result.prefix_curve = cluster::prefix_curve(run);
    }
    result.offered = plan::offered_rate(result.spec, result.metrics.duration);
    if (run.pools.empty()) {  // else there is no one step that all of them take
      result.step_profile = plan::step_profile(result, study_.cards);
    }
    result.wall_seconds = seconds_since(begin);
    if (files_.points != nullptr) {
      files_.points->keep_run(index, result);
    }
    progress_.run_done(run.id, simulation, result.wall_seconds);
    results_[index] = std::move(result);
    tell_rows(simulation);
  }

  // Leaves nothing but what it says: a study may have thousands of replicates.
  void simulate_replicate(std::size_t simulation) {
    const std::size_t index = run_of(simulation);
    const std::size_t replicate = replicate_of(simulation);
    const spec::RunSpec run =
        plan::replicate_of(study_.runs[index], static_cast<std::int64_t>(replicate));
    const std::string name = fmt::format("{}, replicate {}", run.id, replicate);
    const auto begin = Clock::now();
    RunObserver observer(progress_, simulation, name);
    plan::Outcome outcome =
        plan::outcome_of(cluster::simulate(run, study_.cards, observer, how_.stepper));
    const double seconds = seconds_since(begin);
    if (files_.points != nullptr) {
      files_.points->keep_replicate(index, replicate, {outcome, seconds});
    }
    progress_.run_done(name, simulation, seconds);
    replicates_[index][replicate - 1] = std::move(outcome);
  }

  const spec::StudySpec& study_;
  const HowToRun& how_;
  Progress& progress_;
  const RunFiles& files_;
  std::vector<spec::RunResult> results_;
  std::vector<std::vector<plan::Outcome>> replicates_;
};

void simulate_rest(Simulations& simulations, const std::vector<std::size_t>& wanted, int jobs) {
  const std::vector<std::size_t> rest = simulations.without_finished(wanted);
  plan::side_by_side(
      rest.size(), jobs, [&](std::size_t i) { simulations.simulate(rest[i]); },
      [] { return !interrupted(); });
  if (interrupted()) {
    throw cluster::Interrupted();
  }
}

}  // namespace

std::size_t simulations_of(const spec::StudySpec& study, const HowToRun& how) {
  return study.runs.size() * (1 + static_cast<std::size_t>(how.replicate.replicates));
}

// All runs first, so that a mistake in one of them is told before their replicates begin.
std::vector<spec::RunResult> simulate_all(const spec::StudySpec& study, const HowToRun& how,
                                          Progress& progress, const RunFiles& files) {
  std::vector<std::size_t> all(simulations_of(study, how));
  std::iota(all.begin(), all.end(), std::size_t{0});
  Simulations simulations(study, how, progress, files);
  simulate_rest(simulations, all, how.jobs);
  return simulations.take_results();
}

void simulate_points(const spec::StudySpec& study, const HowToRun& how, Progress& progress,
                     StudyPoints& points, const std::vector<std::size_t>& wanted) {
  RunFiles files;
  files.requests = [&points](std::size_t run) { return points.rows_aside(run); };
  files.points = &points;
  Simulations simulations(study, how, progress, files);
  simulate_rest(simulations, wanted, how.jobs);
}

}  // namespace kvsim::cli
