// A literal carries its unit.
// error: could not convert|cannot convert|no viable conversion
#include "sim/base/quantity.hpp"

namespace kvsim {

using namespace literals;
Tokens context() { return 32768_tok; }

#ifdef KVSIM_MUST_FAIL
Tokens wrong() { return 32768_KiB; }
#endif

}  // namespace kvsim
