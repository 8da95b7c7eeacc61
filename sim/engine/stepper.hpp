// How simulated time is crossed. The answer is the same to the bit; only the wall time differs.
#pragma once

namespace kvsim::engine {

enum class Stepper {
  Step,  ///< one step at a time: simple, the oracle
  Macro  ///< runs of equal decode steps in closed form (decode_run.hpp)
};

}  // namespace kvsim::engine
