// Measured seconds become simulated time through to_duration only, which rounds.
// error: could not convert|cannot convert|no viable conversion
#include "sim/base/sim_time.hpp"

namespace kvsim {

Duration rounded(Seconds measured) { return to_duration(measured); }

#ifdef KVSIM_MUST_FAIL
Duration wrong(Seconds measured) { return measured; }
#endif

}  // namespace kvsim
