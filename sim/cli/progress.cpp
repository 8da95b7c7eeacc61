#include "sim/cli/progress.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "sim/base/units.hpp"
#include "sim/cli/terminal.hpp"

namespace kvsim::cli {
namespace {

constexpr auto kFirstShown = std::chrono::milliseconds(500);  // quick studies show none
constexpr auto kBetween = std::chrono::milliseconds(100);
constexpr double kMinute = 60, kHour = 3600;

}  // namespace

std::string format_rough_time(double seconds) {
  const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
  if (seconds < kMinute) {
    return fmt::format("{} s", whole(seconds + 0.5));
  }
  if (seconds < kHour) {
    return fmt::format("{} min {} s", whole(seconds / kMinute), whole(seconds) % 60);
  }
  return fmt::format("{} h {} min", whole(seconds / kHour), whole(seconds / kMinute) % 60);
}

Progress::Manner Progress::manner(bool quiet) {
  if (quiet) {
    return Manner::Silent;
  }
  return stderr_is_terminal() ? Manner::Line : Manner::Lines;
}

Progress::Progress(Manner manner, std::size_t runs, std::optional<plan::TimeToGo> to_go)
    : manner_(manner),
      runs_(runs),
      begin_(Clock::now()),
      next_(begin_ + kFirstShown),
      to_go_(std::move(to_go)) {}

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

void Progress::say(const std::string& lines) {
  if (manner_ != Manner::Silent) {
    fmt::print(stderr, "{}", lines);
  }
}

void Progress::finished_before(std::size_t number, double seconds) {
  const std::lock_guard lock(mutex_);
  ++done_;
  if (to_go_) {
    to_go_->finished(number, seconds);
  }
}

void Progress::begun(std::size_t number) {
  const std::lock_guard lock(mutex_);
  if (number >= begun_.size()) {
    begun_.resize(number + 1);
  }
  begun_[number] = Clock::now();
}

// What remains, or, while nobody can say, how far the run is. A line of a terminal holds no more.
std::string Progress::what_is_known(const std::string& run, std::int64_t finished,
                                    SimTime now) const {
  const std::string requests = fmt::format("{}: {} requests", run, format_grouped(finished));
  if (const auto to_go = to_go_ ? to_go_->seconds() : std::nullopt) {
    const std::chrono::duration<double> elapsed = Clock::now() - begin_;
    return fmt::format("{} gone, about {} to go; {}", format_rough_time(elapsed.count()),
                       format_rough_time(*to_go), requests);
  }
  return fmt::format("{}, {} simulated", requests,
                     format_time(to_seconds(now.since_start()).value()));
}

void Progress::at(std::size_t number, const std::string& run, std::int64_t finished, SimTime now) {
  if (manner_ != Manner::Line) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto clock = Clock::now();
  if (to_go_) {
    const std::chrono::duration<double> elapsed = clock - begun_[number];
    to_go_->running(number, finished, elapsed.count());
  }
  if (clock < next_) {
    return;
  }
  next_ = clock + kBetween;
  show(fmt::format("{}/{} runs done; {}", done_, runs_, what_is_known(run, finished, now)));
}

void Progress::run_done(const std::string& run) {
  const std::lock_guard lock(mutex_);
  tell_done(run);
}

void Progress::run_done(const std::string& run, std::size_t number, double seconds) {
  const std::lock_guard lock(mutex_);
  if (to_go_) {
    to_go_->finished(number, seconds);
  }
  tell_done(run);
}

void Progress::tell_done(const std::string& run) {
  ++done_;
  const bool tenth = done_ * 10 / runs_ != (done_ - 1) * 10 / runs_;
  if (manner_ == Manner::Lines && runs_ > 1 && tenth && Clock::now() >= next_) {
    fmt::print(stderr, "{}/{} runs done, last {}\n", done_, runs_, run);
  }
}

}  // namespace kvsim::cli
