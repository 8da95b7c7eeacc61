// Bytes are not compared with tokens.
// error: no match for|invalid operands
#include "sim/base/quantity.hpp"

namespace kvsim {

bool fits(Bytes need, Bytes have) { return need <= have; }

#ifdef KVSIM_MUST_FAIL
bool wrong(Bytes need, Tokens have) { return need <= have; }
#endif

}  // namespace kvsim
