#include "sim/cli/progress.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "sim/base/units.hpp"
#include "sim/cli/terminal.hpp"

namespace kvsim::cli {
namespace {

constexpr auto kFirstShown = std::chrono::milliseconds(500);  // quick studies show none
constexpr auto kBetween = std::chrono::milliseconds(100);
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

Progress::Manner Progress::manner(bool quiet) {
  if (quiet) {
    return Manner::Silent;
  }
  return stderr_is_terminal() ? Manner::Line : Manner::Lines;
}

Progress::Progress(Manner manner, std::size_t runs)
    : manner_(manner), runs_(runs), next_(Clock::now() + kFirstShown) {}

Progress::~Progress() {
  if (line_shown_) {
    fmt::print(stderr, "{}", kClearLine);
  }
}

void Progress::show(const std::string& text) {
  fmt::print(stderr, "{}{}", kClearLine, text);
  std::fflush(stderr);
  line_shown_ = true;
}

void Progress::at(const std::string& run, std::int64_t finished, SimTime now) {
  if (manner_ != Manner::Line) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (Clock::now() < next_) {
    return;
  }
  next_ = Clock::now() + kBetween;
  show(fmt::format("{}/{} runs done; {}: {} requests, {} simulated", done_, runs_, run,
                   format_grouped(finished), format_time(to_seconds(now.since_start()).value())));
}

void Progress::run_done(const std::string& run) {
  const std::lock_guard lock(mutex_);
  ++done_;
  const bool tenth = done_ * 10 / runs_ != (done_ - 1) * 10 / runs_;
  if (manner_ == Manner::Lines && runs_ > 1 && tenth && Clock::now() >= next_) {
    fmt::print(stderr, "{}/{} runs done, last {}\n", done_, runs_, run);
  }
}

}  // namespace kvsim::cli
