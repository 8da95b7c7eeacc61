#include "sim/base/sim_time.hpp"

#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim {
namespace {

// nearbyint of what lies in [0, 10^18], without a call: to even where both are as near.
std::int64_t nearest(double value) {
  const auto below = static_cast<std::int64_t>(value);
  const double rest = value - static_cast<double>(below);  // exact
  const bool up = rest > 0.5 || (rest == 0.5 && below % 2 != 0);
  return below + (up ? 1 : 0);
}

// Whole seconds and the rest are converted apart: a double holds 53 bits, an instant needs more.
Int128 attoseconds_from(double seconds) {
  if (seconds >= 0) {
    const auto whole = static_cast<std::int64_t>(seconds);
    const double rest = (seconds - static_cast<double>(whole)) * 1e18;
    return whole * kAttosecondsPerSecond + nearest(rest);
  }
  const double whole = std::floor(seconds);
  const double rest = (seconds - whole) * 1e18;
  return static_cast<Int128>(whole) * kAttosecondsPerSecond +
         static_cast<Int128>(std::nearbyint(rest));
}

std::string decimal(Int128 value, Int128 unit, int decimals) {
  Int128 scale = 1;
  for (int i = 0; i < decimals; ++i) {
    scale *= 10;
  }
  const Int128 step = unit / scale;  // unit is a power of ten at least as large as scale
  const Int128 scaled = round_div(value, step);
  const bool negative = scaled < 0;
  const Int128 magnitude = negative ? -scaled : scaled;
  std::string text = to_string(magnitude / scale);
  if (decimals > 0) {
    const std::string fraction = to_string(magnitude % scale);
    text += '.' + std::string(static_cast<std::size_t>(decimals) - fraction.size(), '0') + fraction;
  }
  return negative ? '-' + text : text;
}

}  // namespace

Duration to_duration(Seconds seconds) {
  KVSIM_CHECK(std::abs(seconds.value()) < 1e15, "a duration must be finite and below 1e15 s");
  return Duration(attoseconds_from(seconds.value()));
}

Seconds to_seconds(Duration duration) {
  const Int128 whole = duration.attoseconds() / kAttosecondsPerSecond;
  const Int128 rest = duration.attoseconds() % kAttosecondsPerSecond;
  return Seconds(static_cast<double>(whole) + static_cast<double>(rest) * 1e-18);
}

double to_milliseconds(Duration duration) {
  constexpr auto kUnit = static_cast<std::int64_t>(kAttosecondsPerMillisecond);
  const auto low = static_cast<std::int64_t>(duration.attoseconds());
  if (low == duration.attoseconds()) {  // below 9.2 s: a division of 64 bits takes a tenth as long
    return static_cast<double>(low / kUnit) + static_cast<double>(low % kUnit) * 1e-15;
  }
  const Int128 whole = duration.attoseconds() / kAttosecondsPerMillisecond;
  const Int128 rest = duration.attoseconds() % kAttosecondsPerMillisecond;
  return static_cast<double>(whole) + static_cast<double>(rest) * 1e-15;
}

std::string format_seconds(Duration duration, int decimals) {
  return decimal(duration.attoseconds(), kAttosecondsPerSecond, decimals);
}

std::string format_milliseconds(Duration duration, int decimals) {
  return decimal(duration.attoseconds(), kAttosecondsPerMillisecond, decimals);
}

}  // namespace kvsim
