// A plain number is not an amount of bytes until somebody says so.
// error: could not convert|cannot convert|no viable conversion
#include "sim/base/quantity.hpp"

namespace kvsim {

Bytes amount() { return Bytes(80); }

#ifdef KVSIM_MUST_FAIL
Bytes wrong() { return 80; }
#endif

}  // namespace kvsim
