// Does a run keep its latency limits, and how sure is that?
//
// A run is simulated, longer and longer, until each limit of its slo is kept or broken for sure, is
// known to `precision`, or the run has most_requests. What counts of a run says steady_window.hpp,
// how sure a number is says dependent_sample.hpp.
//
//   steady traffic   Poisson, gamma and constant arrivals, closed loops. The study's num_requests
//                    is left aside: a trial begins with least_requests (ten for each client of a
//                    closed loop, if that is more) and doubles. The seed stays, so the longer run
//                    begins with the same requests.
//   a finite story   traces, stages, everything at once: there is nothing to sample. It is
//                    simulated once, everything counts, and its numbers are exact, low == high.
//
// Each interval holds by itself with chance `confidence`, each time that it is looked at. Together:
// "every limit is met" errs only if some limit that is broken was called met, so it is no less sure
// than one interval however many limits there are (an intersection-union test; Berger 1982,
// Technometrics 24:4). "Some limit is missed" errs with the sum of k chances at most. Nothing is
// divided by k (Bonferroni). reports/validation/coverage.md has the shares that came out.
//
// Overload has no steady state: verdicts stay Undecided, intervals unbounded, and values are those
// of this one run; never show them without the word. A server that falls behind its arrivals by
// more than a tenth ends a trial at once. A queue may also grow for a while by chance (M/M/1 at
// 0.95: in 7 of 100 runs of 4000 requests), so a smaller overload is believed when a run twice as
// long has it too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/plan/steady_state.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::plan {

enum class Verdict { Met, Missed, Undecided };

/// One limit of the slo against what was simulated. Met: high <= limit; Missed: low > limit.
struct LimitCheck {
  std::string metric;  ///< "p99_ttft_ms"
  double limit_ms = 0;
  double value_ms = 0;  ///< 0 where no request has the metric (TPOT of single tokens)
  double low_ms = 0;
  double high_ms = 0;  ///< infinity: not seen often enough for an upper end
  Verdict verdict = Verdict::Undecided;
};

struct TrialOptions {
  double confidence = 0.95;  ///< of each interval
  double precision = 0.05;   ///< half an interval's width over its value that ends an open verdict
  std::int64_t least_requests = 4000;
  std::int64_t most_requests = 200000;
};

struct Trial {
  spec::RunResult result;               ///< of the last and longest simulation, warm-up and all
  std::vector<LimitCheck> limits;       ///< in the slo's order: ttft, tpot, e2el; mean to p99
  std::int64_t warm_up_requests = 0;    ///< the first that do not count
  std::int64_t judged_requests = 0;     ///< that count; the last ones may not either
  std::int64_t batches = 0;             ///< that intervals rest on, the fewest; 0: a finite story
  std::int64_t simulations = 0;         ///< of ever more requests
  std::int64_t simulated_requests = 0;  ///< in all of them

  [[nodiscard]] bool overloaded() const;
  /// Not overloaded, nothing refused, every value within its limit.
  [[nodiscard]] bool meets() const;
  /// No longer run would change meets(), at this confidence: every limit is met, or one is missed,
  /// a request was refused, or the run is overloaded.
  [[nodiscard]] bool sure() const;
};

/// Same arguments, same answer. `keep_going` is asked now and then (none: never stopped).
/// Throws as cluster::simulate() does; cluster::Interrupted when keep_going says no.
/// Requires: 0 < confidence < 1, 1 <= least_requests <= most_requests, precision >= 0 (checked).
[[nodiscard]] Trial try_run(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
                            const TrialOptions& options,
                            const std::function<bool()>& keep_going = {});

}  // namespace kvsim::plan
