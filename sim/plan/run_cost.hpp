// How long simulating takes: guessed beforehand from what a run asks for, then corrected by what
// the finished ones took.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::plan {

struct RunCost {
  double requests = 0;
  double seconds = 0;  ///< on one core
};

/// Requests times the mean output, at a fixed time per output token. Good to a factor of three.
/// Absent: as long as its trace.
[[nodiscard]] std::optional<RunCost> expected_cost(const spec::RunSpec& run);

/// What remains of a study's simulations: runs r, and replicates of them. Simulations are numbered
/// replicate · runs + run, with replicate 0 for the run itself. Times are seconds.
///
///   finished      nothing
///   running       elapsed / share of its requests that are done, less what has elapsed
///   waiting       what a finished simulation of the same run took; else the expected cost times
///                 (time taken / time expected) over those that are finished or running; without
///                 an expected cost, the mean of the finished ones
///   to go         the sum over all, shared by the workers; at least the longest running one
class TimeToGo {
 public:
  TimeToGo(std::vector<std::optional<RunCost>> runs, std::size_t replicates, int workers);

  /// Of a study, each run with this many replicates.
  [[nodiscard]] static TimeToGo of(const spec::StudySpec& study, std::size_t replicates,
                                   int workers);

  void running(std::size_t simulation, std::int64_t requests_done, double seconds);
  void finished(std::size_t simulation, double seconds);
  /// Absent while nothing is known.
  [[nodiscard]] std::optional<double> seconds() const;

 private:
  enum class State : unsigned char { Waiting, Running, Finished };
  struct Simulation {
    State state = State::Waiting;
    double elapsed = 0;
    double whole = 0;  ///< seconds from begin to end, known or projected; 0: unknown
  };
  struct Known {
    double ratio = 1;  ///< time taken per time expected
    double mean = 0;   ///< of simulations; 0: none known
  };

  [[nodiscard]] const std::optional<RunCost>& cost_of(std::size_t simulation) const;
  [[nodiscard]] Known known() const;
  [[nodiscard]] double whole_of(std::size_t simulation, const Known& known) const;

  std::vector<std::optional<RunCost>> costs_;  ///< by run
  std::vector<double> taken_;                  ///< by run, of its first finished one; 0: none yet
  std::vector<Simulation> simulations_;
  int workers_;
};

}  // namespace kvsim::plan
