// The command line of kvsim-calibrate.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace kvsim {
namespace bench {

struct Options {
  bool quick = false;
  bool dry_run = false;
  bool verify = false;
  bool small = false;  ///< least memory, smallest problems: for compute-sanitizer
  bool help = false;
  bool force_resume = false;
  bool allow_mig = false;
  std::vector<std::string> ops;  ///< empty: all
  std::string out = "out/calibration";
  double time_budget = 0;  ///< seconds; 0: no limit
  int rounds = 0;          ///< 0: the plan's
  std::string commit;      ///< empty: the one it was built from
};

/// The user's mistake; its text says the way out.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments);
[[nodiscard]] std::string help_text();

}  // namespace bench
}  // namespace kvsim
