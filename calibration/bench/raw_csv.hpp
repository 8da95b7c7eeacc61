// raw.csv: one line per sample, appended and flushed as it is measured, so that an interrupted run
// goes on where it stopped.
#pragma once

#include <set>
#include <string>

#include "calibration/bench/measure.hpp"
#include "calibration/bench/point.hpp"

namespace kvsim {
namespace bench {

struct RawRow {
  Point point;
  std::string kernel;  ///< the path that ran
  int round = 0;
  int sets = 1;      ///< of data, used in turn
  bool cold = true;  ///< data come from HBM, not from L2
  Measurement measured;
  bool above_peak =
      false;  ///< moved more bytes per second than the best streaming read of this run
};

[[nodiscard]] std::string raw_header();
[[nodiscard]] std::string raw_line(const RawRow& row);

/// What identifies a sample: operator, kernel asked for, dtype, shape, round.
[[nodiscard]] std::string key_of(const Point& point, int round);

class RawFile {
 public:
  /// Goes on with an existing file. A line without its end is cut off: it was being written when
  /// the run stopped. Throws std::runtime_error where it cannot be read, or has other columns.
  explicit RawFile(std::string path);

  [[nodiscard]] bool has(const Point& point, int round) const;
  /// Bytes per second of the best streaming read of 256 MiB and more so far; 0: none yet.
  [[nodiscard]] double streaming_peak() const { return streaming_peak_; }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

  void append(const RawRow& row);

 private:
  void read_existing();
  void remember(const std::string& line);

  std::string path_;
  std::set<std::string> keys_;
  double streaming_peak_ = 0;
};

}  // namespace bench
}  // namespace kvsim
