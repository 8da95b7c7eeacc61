// Two instants have no sum; an instant and a span do.
// error: no match for|invalid operands
#include "sim/base/sim_time.hpp"

namespace kvsim {

SimTime later(SimTime now, Duration span) { return now + span; }

#ifdef KVSIM_MUST_FAIL
SimTime wrong(SimTime now, SimTime then) { return now + then; }
#endif

}  // namespace kvsim
