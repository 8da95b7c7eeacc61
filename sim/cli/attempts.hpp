// Loading many runs of which some may be impossible: those become lines, not failures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/config/config.hpp"

namespace kvsim::cli {

struct Refused {
  std::string name;
  std::string reason;
};

class Attempts {
 public:
  /// The run, or nothing when the loader refuses it; then `name` is noted with the first reason.
  [[nodiscard]] std::optional<spec::RunSpec> load(const std::string& name,
                                                  const config::RunRequest& request);
  /// A mistake that spoils every run is one in the flags: throws the first run's ConfigError.
  void throw_if_none_succeeded() const;

  [[nodiscard]] const std::vector<Refused>& refused() const { return refused_; }
  /// The loader's notes, each once.
  [[nodiscard]] std::string notes() const;

 private:
  bool any_succeeded_ = false;
  std::optional<ConfigError> first_error_;
  std::vector<Refused> refused_;
  std::vector<Diagnostic> notes_;
};

}  // namespace kvsim::cli
