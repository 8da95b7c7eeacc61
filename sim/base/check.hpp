// The third kind of trouble: a bug of ours. Wrong input is a Diagnostic, a "no" is a value.
#pragma once

#include <stdexcept>
#include <string_view>

namespace kvsim {

/// Thrown by KVSIM_CHECK. The cli reports it as our failure (exit code 1).
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_check(std::string_view condition, std::string_view message,
                             std::string_view file, int line);

}  // namespace kvsim

/// On in every build: a wrong number is worse than no number.
#define KVSIM_CHECK(condition, message)                                    \
  do {                                                                     \
    if (!(condition)) {                                                    \
      ::kvsim::fail_check(#condition, (message), __FILE_NAME__, __LINE__); \
    }                                                                      \
  } while (false)
