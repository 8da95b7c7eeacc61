// Bytes and tokens are not added.
// error: no match for|invalid operands
#include "sim/base/quantity.hpp"

namespace kvsim {

Bytes sum(Bytes a, Bytes b) { return a + b; }

#ifdef KVSIM_MUST_FAIL
Bytes wrong(Bytes a, Tokens b) { return a + b; }
#endif

}  // namespace kvsim
