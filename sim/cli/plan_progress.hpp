// How far a search is, on stderr: one changing line on a terminal, nothing elsewhere.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sim/cli/progress.hpp"
#include "sim/plan/run_cost.hpp"

namespace kvsim::cli {

class PlanProgress {
 public:
  PlanProgress(Progress::Manner manner, std::size_t questions);
  ~PlanProgress();
  PlanProgress(const PlanProgress&) = delete;
  PlanProgress& operator=(const PlanProgress&) = delete;

  /// Layouts done, of how many, and what the best so far takes.
  void tell(const std::string& question, std::size_t done, std::size_t of, const std::string& best);
  void question_done();

 private:
  using Clock = std::chrono::steady_clock;

  void count(std::size_t done, std::size_t of);
  /// An upper estimate: layouts that promise most come first, and later ones fall sooner. Absent
  /// until two waves are done.
  [[nodiscard]] std::optional<double> to_go(std::size_t done, std::size_t of, double gone) const;

  Progress::Manner manner_;
  std::size_t questions_;
  std::size_t done_ = 0;
  bool line_shown_ = false;
  Clock::time_point begin_, wave_begin_;
  std::optional<plan::TimeToGo> of_question_;
  std::size_t first_done_ = 0;  ///< layouts of this question, when the first best was known
  std::size_t told_ = 0;        ///< since then
};

}  // namespace kvsim::cli
