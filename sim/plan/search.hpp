// Which layout is best, and at which level (levels.hpp)?
//
//   bounds   every layout gets its lowest level by layout_bound.hpp, or a reason why none will do.
//            They are taken in the order of what they would be worth there
//   race     the first finds its own level: upwards in growing strides, then bisection. Each later
//            one is tried at the highest level at which it would be no worse than the best so far:
//            most fall there after one simulation. Who passes finds its own level below that
//   waves    sixteen at a time against the same best, so the answer does not depend on how many run
//            side by side; the first is alone
//   runners  of every other GPU and replica size the layout that came nearest finds its level too:
//            what that choice would cost
//
// All simulations draw the same arrivals and lengths (common random numbers). That a higher level
// never misses what a lower one meets is taken for granted; the router's luck can break it by a
// level. Ties: fewer GPUs, then who meets the limits for sure, then the larger distance from them,
// then the order of the search.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/plan/trial.hpp"
#include "sim/spec/plan_result.hpp"

namespace kvsim::plan {

struct SearchOptions {
  int jobs = 0;                        ///< side by side; 0: one per core
  std::function<bool()> keep_going{};  ///< absent: always; else Interrupted is thrown on false
  /// Layouts that are done, of how many, and how many GPUs (or which load) the best takes so far.
  std::function<void(std::size_t, std::size_t, const std::string&)> tell{};
};

/// Calls work(0) ... work(count - 1) side by side. Throws Interrupted when it is to stop.
void do_all(std::size_t count, const SearchOptions& options,
            const std::function<void(std::size_t)>& work);

/// The question answered, the level of the winner known; how_sure.hpp fills the rest.
/// Throws ConfigError: min_cost without a price, a maximum of a load that cannot be scaled.
[[nodiscard]] spec::PlanAnswer search(const spec::PlanQuestion& question,
                                      const spec::PlanSpec& plan,
                                      const std::vector<spec::CardSpec>& cards,
                                      const SearchOptions& options);

[[nodiscard]] TrialOptions trial_options(const spec::PlanSpec& plan, std::int64_t replicas);

}  // namespace kvsim::plan
