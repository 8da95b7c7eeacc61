// How far a study is, on stderr: one changing line on a terminal, a line per tenth elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "sim/base/sim_time.hpp"

namespace kvsim::cli {

/// Safe to use from many threads.
class Progress {
 public:
  enum class Manner { Silent, Line, Lines };
  /// What suits stderr.
  [[nodiscard]] static Manner manner(bool quiet);
  Progress(Manner manner, std::size_t runs);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(const std::string& run, std::int64_t finished, SimTime now);
  void run_done(const std::string& run);

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& text);

  Manner manner_;
  std::size_t runs_;
  std::size_t done_ = 0;
  bool line_shown_ = false;
  Clock::time_point next_;
  std::mutex mutex_;
};

}  // namespace kvsim::cli
