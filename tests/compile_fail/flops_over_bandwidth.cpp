// FLOPs take time on an arithmetic unit, not on a memory.
// error: no match for|invalid operands
#include "sim/base/quantity.hpp"

namespace kvsim {

Seconds compute(Flops work, FlopsPerSecond peak) { return work / peak; }

#ifdef KVSIM_MUST_FAIL
Seconds wrong(Flops work, BytesPerSecond bandwidth) { return work / bandwidth; }
#endif

}  // namespace kvsim
