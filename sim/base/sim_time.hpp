// Simulated time: a whole number of attoseconds (1e-18 s) in 128 bits.
//
// Range: ±1.7e20 s. Resolution: 1 as. Integers, because a run of decode steps is jumped over in
// closed form, and the jump must land on the very instant at which single steps would land: with
// doubles the order of events was seen to flip in runs of two million requests.
#pragma once

#include <compare>
#include <string>

#include "sim/base/int128.hpp"
#include "sim/base/quantity.hpp"

namespace kvsim {

/// A span of simulated time, in attoseconds; may be negative.
class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(Int128 attoseconds) : attoseconds_(attoseconds) {}
  [[nodiscard]] constexpr Int128 attoseconds() const { return attoseconds_; }

  constexpr Duration& operator+=(Duration other) {
    attoseconds_ += other.attoseconds_;
    return *this;
  }
  constexpr Duration& operator-=(Duration other) {
    attoseconds_ -= other.attoseconds_;
    return *this;
  }
  friend constexpr Duration operator+(Duration a, Duration b) { return a += b; }
  friend constexpr Duration operator-(Duration a, Duration b) { return a -= b; }
  friend constexpr Duration operator*(Duration a, Int128 n) { return Duration(a.attoseconds_ * n); }
  friend constexpr auto operator<=>(Duration, Duration) = default;

 private:
  Int128 attoseconds_ = 0;
};

/// An instant of simulated time, counted from the start of the run.
class SimTime {
 public:
  constexpr SimTime() = default;
  constexpr explicit SimTime(Duration since_start) : since_start_(since_start) {}
  [[nodiscard]] constexpr Duration since_start() const { return since_start_; }
  /// Later than every instant that a run can reach.
  [[nodiscard]] static constexpr SimTime never() {
    return SimTime(Duration(static_cast<Int128>(1) << 126));
  }

  friend constexpr SimTime operator+(SimTime t, Duration d) { return SimTime(t.since_start_ + d); }
  friend constexpr SimTime operator-(SimTime t, Duration d) { return SimTime(t.since_start_ - d); }
  friend constexpr Duration operator-(SimTime a, SimTime b) {
    return a.since_start_ - b.since_start_;
  }
  friend constexpr auto operator<=>(SimTime, SimTime) = default;

 private:
  Duration since_start_;
};

inline constexpr Int128 kAttosecondsPerSecond = 1'000'000'000'000'000'000;
inline constexpr Int128 kAttosecondsPerMillisecond = 1'000'000'000'000'000;

/// The only way from measured seconds to simulated time. Whole attoseconds, off by at most 64.5 as:
/// the part below a second is scaled in double, so 0.1 s is 10^17 as and not the 6 as more that
/// the double nearest to 0.1 stands for. Monotone.
/// Requires: |seconds| < 1e15 and not NaN (checked).
[[nodiscard]] Duration to_duration(Seconds seconds);
[[nodiscard]] Seconds to_seconds(Duration duration);
[[nodiscard]] double to_milliseconds(Duration duration);

/// Exact decimal with `decimals` digits behind the point (0–15), rounded half away from zero.
[[nodiscard]] std::string format_seconds(Duration duration, int decimals);
[[nodiscard]] std::string format_milliseconds(Duration duration, int decimals);

}  // namespace kvsim
