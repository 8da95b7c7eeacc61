// Everything that the loader has to say, collected until the end.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/config/source.hpp"

namespace kvsim::config {

/// One message per place and path: the first one wins, so a mistake that ten variants inherit is
/// told once, and a specific message given early silences the general one that follows.
class Faults {
 public:
  void error(const Place& place, std::string message, std::string path = {},
             std::vector<std::string> notes = {});
  void note(const Place& place, std::string message, std::string path = {},
            std::vector<std::string> notes = {});
  /// Takes over the faults of a reader that gave up.
  void add(const ConfigError& error);

  [[nodiscard]] bool any_errors() const { return !errors_.empty(); }
  [[nodiscard]] const std::vector<Diagnostic>& notes() const { return notes_; }
  /// Throws ConfigError with all errors, sorted by place, if there are any.
  void throw_if_any() const;

 private:
  void add(Diagnostic diagnostic);

  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> notes_;
  std::set<std::tuple<Severity, std::string, int, int, std::string>> seen_;
};

}  // namespace kvsim::config
