// A run over a plan: every point of every round that is not in the file yet, until time is up.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "calibration/bench/plan.hpp"
#include "calibration/bench/raw_csv.hpp"

namespace kvsim {
namespace bench {

/// A point made ready to be timed.
class Workload : public Stopwatch {
 public:
  [[nodiscard]] virtual std::string kernel() const = 0;  ///< the path that runs
  [[nodiscard]] virtual int sets() const { return 1; }
  [[nodiscard]] virtual bool is_cold() const { return true; }
};

/// This point cannot be measured here: too large, an unsupported format. Not an error.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A GPU, or a test's idea of one.
class Machine {
 public:
  virtual ~Machine() = default;
  /// Throws Unsupported.
  [[nodiscard]] virtual std::unique_ptr<Workload> prepare(const Point& point) = 0;
  [[nodiscard]] virtual Telemetry& telemetry() = 0;
  [[nodiscard]] virtual double now() = 0;  ///< seconds
};

struct Summary {
  int measured = 0;
  int found = 0;    ///< in the file already
  int missing = 0;  ///< not reached in time
  int above_peak = 0;
  int discarded = 0;                 ///< throttled repetitions
  std::vector<std::string> skipped;  ///< with the reason, each once
  double seconds = 0;
};

using Progress = std::function<void(const std::string&)>;

/// `time_budget` in seconds, 0: none.
[[nodiscard]] Summary run_plan(const Plan& plan, Machine& machine, RawFile& file,
                               double time_budget, const Progress& progress);

}  // namespace bench
}  // namespace kvsim
