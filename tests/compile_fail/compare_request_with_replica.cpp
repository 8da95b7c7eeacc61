// Ids of different things are not compared.
// error: no match for|invalid operands
#include "sim/base/ids.hpp"

namespace kvsim {

bool same(RequestId a, RequestId b) { return a == b; }

#ifdef KVSIM_MUST_FAIL
bool wrong(RequestId a, ReplicaId b) { return a == b; }
#endif

}  // namespace kvsim
