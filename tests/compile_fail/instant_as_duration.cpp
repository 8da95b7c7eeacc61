// An instant is not a span: since_start() says from where it is counted.
// error: could not convert|cannot convert|no viable conversion
#include "sim/base/sim_time.hpp"

namespace kvsim {

Duration elapsed(SimTime now) { return now.since_start(); }

#ifdef KVSIM_MUST_FAIL
Duration wrong(SimTime now) { return now; }
#endif

}  // namespace kvsim
