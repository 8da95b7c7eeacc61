// How far a search is, on stderr: one changing line on a terminal, nothing elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "sim/cli/progress.hpp"

namespace kvsim::cli {

class PlanProgress {
 public:
  PlanProgress(Progress::Manner manner, std::size_t questions);
  ~PlanProgress();
  PlanProgress(const PlanProgress&) = delete;
  PlanProgress& operator=(const PlanProgress&) = delete;

  /// Layouts done, of how many, and what the best so far takes.
  void tell(const std::string& question, std::size_t done, std::size_t of, const std::string& best);
  void question_done() { ++done_; }

 private:
  using Clock = std::chrono::steady_clock;

  Progress::Manner manner_;
  std::size_t questions_;
  std::size_t done_ = 0;
  bool line_shown_ = false;
  Clock::time_point begin_;
};

}  // namespace kvsim::cli
