// Which requests of a run saw the system as it is in the long run.
//
// Not the first: they came to an empty system. MSER-5 (White 1997, Simulation 69:6; Hoad, Robinson
// and Davies 2010, J. Opl. Res. Soc. 61) finds where that is over: of the means Z of five values
// each, it leaves out the first d of k with the smallest
//
//   g(d) = Σ_{j > d} (Z_j - mean of those)² / (k - d)²
//
// the squared standard error of the mean if they were independent: more data against data that are
// alike. d is at most half of k; a minimum at that very end says that the run has not settled yet.
// Both TTFT and E2EL are asked, the later counts.
//
// Nor the last: the others leave, and nobody comes. A request saw full load to its end if it
// arrived at least its own E2EL before the last arrival, but a rule that looks at a request's own
// E2EL keeps the short ones. So all go that arrived within the 99th percentile of E2EL before the
// last arrival; a quarter of the run at most. Where requests are turns of conversations, the turns
// go on when no conversation begins any more: MSER-5 over the gaps between arrivals, from the end
// on, finds where they thin out, and the earlier of the two counts.
#pragma once

#include <cstddef>
#include <span>

#include "sim/plan/latency_log.hpp"

namespace kvsim::plan {

/// How many of the first `values` MSER-5 leaves out: a multiple of 5.
struct WarmUp {
  std::size_t values = 0;
  bool settled = true;  ///< the minimum lies before half of the values
};
[[nodiscard]] WarmUp mser5(std::span<const double> values);

/// Requests [first, last) count.
struct SteadyWindow {
  std::size_t first = 0;
  std::size_t last = 0;
  bool settled = true;
};
/// `requests` in order of arrival.
[[nodiscard]] SteadyWindow steady_window(std::span<const LoggedRequest> requests, bool has_turns);

}  // namespace kvsim::plan
