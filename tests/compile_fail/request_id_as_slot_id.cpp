// Ids of different things are different types.
// error: could not convert|cannot convert|no viable conversion|no matching function
#include "sim/base/ids.hpp"

namespace kvsim {

SlotId same(SlotId slot) { return slot; }
SlotId right() { return same(SlotId(3)); }

#ifdef KVSIM_MUST_FAIL
SlotId wrong() { return same(RequestId(3)); }
#endif

}  // namespace kvsim
