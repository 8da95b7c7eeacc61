#include "sim/cli/study_runner.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "sim/cli/interrupt.hpp"
#include "sim/cluster/prefix_curve.hpp"
#include "sim/cluster/simulate.hpp"
#include "sim/plan/rate_profile.hpp"
#include "sim/plan/side_by_side.hpp"
#include "sim/plan/step_profile.hpp"
#include "sim/report/requests_csv.hpp"
#include "sim/report/schedule_trace.hpp"

namespace kvsim::cli {
namespace {

class RunObserver final : public cluster::Observer {
 public:
  RunObserver(const std::string& run, std::size_t index, Progress& progress, const RunFiles& files)
      : run_(run), progress_(progress) {
    if (files.requests) {
      rows_.emplace(files.requests(index), run);
    }
    if (files.schedule) {
      steps_.emplace(files.schedule(index), run);
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
    progress_.at(run_, finished, now);
    return !interrupted();
  }
  void close(const spec::RunResult& result) {
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
  std::string run_;
  Progress& progress_;
  std::optional<report::RequestsCsvPart> rows_;
  std::optional<report::ScheduleTracePart> steps_;
  report::RunTimeline* timeline_ = nullptr;
};

spec::RunResult simulate_one(const spec::StudySpec& study, std::size_t index,
                             engine::Stepper stepper, Progress& progress, const RunFiles& files) {
  const spec::RunSpec& run = study.runs[index];
  const auto begin = std::chrono::steady_clock::now();
  RunObserver observer(run.id, index, progress, files);
  spec::RunResult result = cluster::simulate(run, study.cards, observer, stepper);
  observer.close(result);
  if (result.metrics.requests_with_content > 0) {
    result.prefix_curve = cluster::prefix_curve(run);
  }
  result.offered = plan::offered_rate(result);
  result.step_profile = plan::step_profile(result, study.cards);
  result.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  progress.run_done(run.id);
  return result;
}

// Leaves nothing but what it says: a study may have thousands of replicates.
plan::Outcome simulate_replicate(const spec::StudySpec& study, std::size_t index,
                                 std::size_t replicate, engine::Stepper stepper,
                                 Progress& progress) {
  const spec::RunSpec run =
      plan::replicate_of(study.runs[index], static_cast<std::int64_t>(replicate));
  const std::string name = fmt::format("{}, replicate {}", run.id, replicate);
  RunObserver observer(name, index, progress, {});
  const spec::RunResult result = cluster::simulate(run, study.cards, observer, stepper);
  progress.run_done(name);
  return plan::outcome_of(result);
}

}  // namespace

std::size_t simulations_of(const spec::StudySpec& study, const HowToRun& how) {
  return study.runs.size() * (1 + static_cast<std::size_t>(how.replicate.replicates));
}

// All runs first, so that a mistake in one of them is told before their replicates begin.
std::vector<spec::RunResult> simulate_all(const spec::StudySpec& study, const HowToRun& how,
                                          Progress& progress, const RunFiles& files) {
  const std::size_t runs = study.runs.size();
  std::vector<spec::RunResult> results(runs);
  std::vector<std::vector<plan::Outcome>> replicates(
      runs, std::vector<plan::Outcome>(static_cast<std::size_t>(how.replicate.replicates)));
  const auto work = [&](std::size_t i) {
    const std::size_t run = i % runs;
    const std::size_t replicate = i / runs;
    if (replicate == 0) {
      results[run] = simulate_one(study, run, how.stepper, progress, files);
    } else {
      replicates[run][replicate - 1] =
          simulate_replicate(study, run, replicate, how.stepper, progress);
    }
  };
  plan::side_by_side(simulations_of(study, how), how.jobs, work, [] { return !interrupted(); });
  if (interrupted()) {
    throw cluster::Interrupted();
  }
  for (std::size_t run = 0; run < runs && how.replicate.replicates > 0; ++run) {
    plan::add_intervals(results[run], replicates[run], how.replicate.confidence);
  }
  return results;
}

}  // namespace kvsim::cli
