#include "sim/cli/plan_progress.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace kvsim::cli {
namespace {}  // namespace

PlanProgress::PlanProgress(Progress::Manner manner, std::size_t questions)
    : manner_(manner), questions_(questions), begin_(Clock::now()) {}

void PlanProgress::question_done() {
  ++done_;
  of_question_.reset();
}

// Bounds come first and close most layouts at once, then one layout finds its own level: both say
// nothing of the waves that follow.
void PlanProgress::count(std::size_t done, std::size_t of) {
  const auto now = Clock::now();
  if (!of_question_) {
    of_question_.emplace(std::vector<std::optional<plan::RunCost>>(of - done), 0, 1);
    first_done_ = done;
    told_ = 0;
  }
  const std::size_t new_ones = done - first_done_ - told_;
  const std::chrono::duration<double> wave = now - wave_begin_;
  wave_begin_ = now;
  for (std::size_t i = 0; i < new_ones; ++i) {
    of_question_->finished(told_++, wave.count() / static_cast<double>(new_ones));
  }
}

// Questions that come are taken for what those before them took, this one included.
std::optional<double> PlanProgress::to_go(std::size_t done, std::size_t of, double gone) const {
  const std::size_t others = questions_ - done_ - 1;
  if (done == of && others == 0) {
    return std::nullopt;  // how sure the answer is comes now, and has no layouts to count
  }
  const auto rest = of_question_->seconds();
  if (!rest) {
    return std::nullopt;
  }
  const double of_each = (gone + *rest) / static_cast<double>(done_ + 1);
  return *rest + of_each * static_cast<double>(others);
}

PlanProgress::~PlanProgress() {
  if (line_shown_) {
    fmt::print(stderr, "{}", kClearLine);
  }
}

void PlanProgress::tell(const std::string& question, std::size_t done, std::size_t of,
                        const std::string& best) {
  if (manner_ != Progress::Manner::Line) {
    return;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  count(done, of);
  const auto rest = to_go(done, of, seconds);
  const std::string time = rest ? fmt::format("{} gone, up to {} to go", format_rough_time(seconds),
                                              format_rough_time(*rest))
                                : format_rough_time(seconds);
  const std::string which = questions_ > 1
                                ? fmt::format("{} ({} of {}): ", question, done_ + 1, questions_)
                                : std::string();
  fmt::print(stderr, "{}{}{} of {} layouts, best so far: {}; {}", kClearLine, which, done, of, best,
             time);
  static_cast<void>(std::fflush(stderr));
  line_shown_ = true;
}

}  // namespace kvsim::cli
