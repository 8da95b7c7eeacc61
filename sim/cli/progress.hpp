// How far a study is, on stderr: one changing line on a terminal, a line per tenth elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/sim_time.hpp"
#include "sim/plan/run_cost.hpp"

namespace kvsim::cli {

/// "43 s", "2 min 5 s", "3 h 10 min": an estimate has no third part.
[[nodiscard]] std::string format_rough_time(double seconds);

/// Safe to use from many threads. Runs are numbered from 0 by whoever begins them.
class Progress {
 public:
  enum class Manner { Silent, Line, Lines };
  /// What suits stderr.
  [[nodiscard]] static Manner manner(bool quiet);
  /// With `to_go` the line on a terminal has an estimate of what remains.
  Progress(Manner manner, std::size_t runs, std::optional<plan::TimeToGo> to_go = std::nullopt);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void finished_before(std::size_t number, double seconds);
  void begun(std::size_t number);
  void at(std::size_t number, const std::string& run, std::int64_t finished, SimTime now);
  void run_done(const std::string& run);
  void run_done(const std::string& run, std::size_t number, double seconds);
  /// A line of its own, unless silent.
  void say(const std::string& lines);

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& text);
  [[nodiscard]] std::string what_is_known(const std::string& run, std::int64_t finished,
                                          SimTime now) const;
  void tell_done(const std::string& run);

  Manner manner_;
  std::size_t runs_;
  std::size_t done_ = 0;
  bool line_shown_ = false;
  Clock::time_point begin_, next_;
  std::optional<plan::TimeToGo> to_go_;
  std::vector<Clock::time_point> begun_;  ///< by number
  std::mutex mutex_;
};

}  // namespace kvsim::cli
