// One honest sample: warm up, repeat until the spread is small enough, throw away what was
// throttled and say how much.
//
// A stopwatch gives the seconds of one call: T(2R) - T(R) over R, from graphs of R and 2R calls, so
// that launching the graph and reading events cancel. The median of n such values is known to
// 1.96 x 1.253 x sigma / sqrt(n) (normal noise): sigma = 1 % needs 25 for +-0.5 %.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace kvsim {
namespace bench {

struct Reading {
  int sm_mhz = 0;  ///< 0: not known
  int memory_mhz = 0;
  int temperature_c = 0;
  double power_w = 0;
};

/// Bits of nvmlDeviceGetCurrentClocksEventReasons (nvml.h, "Clocks event reasons").
inline constexpr std::uint64_t kPowerCap = 0x4;  ///< a large product's normal state: kept, marked
inline constexpr std::uint64_t kSlowdown = 0x8 | 0x20 | 0x40 | 0x80;  ///< HW, thermal, brake

class Telemetry {
 public:
  virtual ~Telemetry() = default;
  virtual Reading read() = 0;
  virtual std::uint64_t throttle() = 0;  ///< reasons now
};

class Stopwatch {
 public:
  virtual ~Stopwatch() = default;
  virtual double seconds_of_call() = 0;
  virtual double now() = 0;
  virtual void rest(double seconds) = 0;
};

struct StopRule {
  int least = 15;
  int most = 60;
  double half_width = 0.005;  ///< of the median, relative
  double seconds = 0.15;      ///< after which `least` samples are enough
  int rests = 2;              ///< after throttled samples
  double rest_seconds = 0.5;
};

struct Measurement {
  double median = 0;  ///< seconds
  double low = 0;     ///< quartiles
  double high = 0;
  double spread = 0;  ///< robust sigma (1.4826 MAD) over the median
  int repetitions = 0;
  int discarded = 0;           ///< throttled
  std::uint64_t throttle = 0;  ///< all reasons seen
  Reading before;
  Reading after;
};

/// This sample says nothing; others may.
struct Unmeasurable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Unmeasurable where every sample is throttled, or a time is not positive in the
/// median: calls too short to be told from the launch.
[[nodiscard]] Measurement measure(Stopwatch& stopwatch, Telemetry& telemetry, const StopRule& rule);

/// Calls in the shorter graph: at least 1.2 ms of them, of which events resolve 0.05 %, and enough
/// bytes between two uses of the same data.
[[nodiscard]] int calls_in_replay(double seconds_of_call);

/// Type 7, as numpy. Requires: not empty (checked).
[[nodiscard]] double quantile(std::vector<double> values, double share);
/// 1.4826 x median |x - median| over the median.
[[nodiscard]] double robust_spread(const std::vector<double>& values);

}  // namespace bench
}  // namespace kvsim
