// Bytes take time on a memory, not on an arithmetic unit.
// error: no match for|invalid operands
#include "sim/base/quantity.hpp"

namespace kvsim {

Seconds read(Bytes weights, BytesPerSecond bandwidth) { return weights / bandwidth; }

#ifdef KVSIM_MUST_FAIL
Seconds wrong(Bytes weights, FlopsPerSecond peak) { return weights / peak; }
#endif

}  // namespace kvsim
