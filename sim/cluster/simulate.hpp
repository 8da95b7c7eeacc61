// One run: requests arrive, a router deals them out, replicas serve them.
#pragma once

#include <stdexcept>
#include <vector>

#include "sim/engine/stepper.hpp"
#include "sim/spec/result.hpp"
#include "sim/spec/scheduled_step.hpp"

namespace kvsim::cluster {

/// Told what happens while a run is simulated. Calls come in order of simulated time.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_finished(const spec::RequestRecord&) {}
  virtual void on_refused(RequestId) {}
  /// Whether on_step() is to be called. Then steps are taken one at a time, whatever the stepper:
  /// it is for a look at a run, not for millions of requests.
  [[nodiscard]] virtual bool wants_steps() const { return false; }
  /// A replica has begun a step.
  virtual void on_step(const spec::ScheduledStep&) {}
  /// Asked every few thousand events with the requests finished so far; false ends the run.
  virtual bool keep_going(std::int64_t /*finished*/, SimTime /*now*/) { return true; }
};

/// The observer asked to stop.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Simulates `run` until its last request has finished.
///
/// Same run, same cards, same answer to the bit, whatever else the process does and with either
/// stepper.
/// Throws ConfigError (contradictions; a malformed trace), DoesNotFit, Interrupted.
[[nodiscard]] spec::RunResult simulate(const spec::RunSpec& run,
                                       const std::vector<spec::CardSpec>& cards, Observer& observer,
                                       engine::Stepper stepper = engine::Stepper::Macro);

}  // namespace kvsim::cluster
