// Order of events at one instant.
#pragma once

namespace kvsim::engine {

enum class EventClass {
  StepEnd,  ///< first: finished requests give their memory back, closed-loop clients may send again
  Arrival,  ///< then: requests of this instant join the queue
  Schedule  ///< last: the scheduler sees everything that happened
};

}  // namespace kvsim::engine
