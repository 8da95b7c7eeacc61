// Files of kvsim's own that cannot be read back: one fault, one way out. Internal to the room.
#pragma once

#include <string>

#include "sim/base/diagnostic.hpp"

namespace kvsim::report {

[[noreturn]] inline void refuse(const std::string& file, std::string message, std::string way_out) {
  Diagnostic fault;
  fault.place.file = file;
  fault.message = std::move(message);
  fault.notes = {std::move(way_out)};
  throw ConfigError({fault});
}

}  // namespace kvsim::report
