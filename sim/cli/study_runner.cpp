#include "sim/cli/study_runner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>

#include "sim/cli/interrupt.hpp"
#include "sim/cluster/simulate.hpp"
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
  }

  void on_finished(const spec::RequestRecord& record) override {
    if (rows_) {
      rows_->write(record);
    }
  }
  void on_refused(RequestId id) override {
    if (rows_) {
      rows_->skip(id);
    }
  }
  [[nodiscard]] bool wants_steps() const override { return steps_.has_value(); }
  void on_step(const spec::ScheduledStep& step) override { steps_->write(step); }
  bool keep_going(std::int64_t finished, SimTime now) override {
    progress_.at(run_, finished, now);
    return !interrupted();
  }
  void close() {
    if (rows_) {
      rows_->close();
    }
    if (steps_) {
      steps_->close();
    }
  }

 private:
  std::string run_;
  Progress& progress_;
  std::optional<report::RequestsCsvPart> rows_;
  std::optional<report::ScheduleTracePart> steps_;
};

spec::RunResult simulate_one(const spec::StudySpec& study, std::size_t index,
                             engine::Stepper stepper, Progress& progress, const RunFiles& files) {
  const spec::RunSpec& run = study.runs[index];
  const auto begin = std::chrono::steady_clock::now();
  RunObserver observer(run.id, index, progress, files);
  spec::RunResult result = cluster::simulate(run, study.cards, observer, stepper);
  observer.close();
  result.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  progress.run_done(run.id);
  return result;
}

}  // namespace

std::vector<spec::RunResult> simulate_all(const spec::StudySpec& study, engine::Stepper stepper,
                                          int jobs, Progress& progress, const RunFiles& files) {
  const std::size_t count = study.runs.size();
  std::vector<spec::RunResult> results(count);
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !failed && !interrupted(); i = next++) {
      try {
        results[i] = simulate_one(study, i, stepper, progress, files);
      } catch (...) {
        failures[i] = std::current_exception();
        failed = true;
      }
    }
  };
  {
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t wanted = jobs > 0 ? static_cast<std::size_t>(jobs) : cores;
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(wanted, count); ++i) {
      threads.emplace_back(work);
    }
    work();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
  if (interrupted()) {
    throw cluster::Interrupted();
  }
  return results;
}

}  // namespace kvsim::cli
