#include "sim/base/check.hpp"

#include <fmt/format.h>

namespace kvsim {

void fail_check(std::string_view condition, std::string_view message, std::string_view file,
                int line) {
  throw InternalError(fmt::format("{} (check '{}' at {}:{})", message, condition, file, line));
}

}  // namespace kvsim
