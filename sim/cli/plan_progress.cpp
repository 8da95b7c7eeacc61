#include "sim/cli/plan_progress.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace kvsim::cli {
namespace {

constexpr const char* kClearLine = "\r\033[K";

}  // namespace

PlanProgress::PlanProgress(Progress::Manner manner, std::size_t questions)
    : manner_(manner), questions_(questions), begin_(Clock::now()) {}

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
  const std::string which = questions_ > 1
                                ? fmt::format("{} ({} of {}): ", question, done_ + 1, questions_)
                                : std::string();
  fmt::print(stderr, "{}{}{} of {} layouts, best so far: {}; {:.0f} s", kClearLine, which, done, of,
             best, seconds);
  static_cast<void>(std::fflush(stderr));
  line_shown_ = true;
}

}  // namespace kvsim::cli
