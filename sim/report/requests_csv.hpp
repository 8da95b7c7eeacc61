// requests.csv: one row per finished request, by run and by request id, for any order of finishing.
//
// Rows wait in a buffer from the oldest request that has not finished to the newest that has, so
// memory is bounded by what is out of order, not by the length of the run. Each run writes a part
// of its own (runs may be simulated side by side), joined in the end.
// Durations have 9 decimals and come from integers: the same digits on every machine.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "sim/spec/result.hpp"

namespace kvsim::report {

inline constexpr std::string_view kRequestsCsvHeader =
    "run_id,request_id,replica,arrival_s,prompt_tokens,output_tokens,cached_tokens,queue_ms,"
    "ttft_ms,tpot_ms,e2el_ms,preemptions";

inline constexpr int kTimeDecimals = 9;  ///< here and in a schedule trace

class RequestsCsvPart {
 public:
  /// Throws ConfigError that names the path when it cannot be written; so do the others.
  RequestsCsvPart(std::filesystem::path path, std::string_view run_id);

  /// Takes one finished request. Requires: its id was not seen before (checked).
  void write(const spec::RequestRecord& record);
  /// A request that has no row, because it was refused. Requires: as above.
  void skip(RequestId id);
  /// Writes what is left and closes the file. Requires: no id below the largest is missing
  /// (checked): the engine either finishes or refuses a request.
  void close();

  /// Rows and gaps that wait for an older request.
  [[nodiscard]] std::size_t waiting() const { return window_.size(); }

 private:
  enum class State : unsigned char { Missing, Skipped, Finished };
  struct Slot {
    State state = State::Missing;
    spec::RequestRecord record;
  };

  Slot& slot(RequestId id);
  void drain();
  void append_row(const spec::RequestRecord& record);
  void flush();

  std::filesystem::path path_;
  std::string run_id_;
  std::ofstream file_;
  std::string text_;         ///< rows not yet handed to the file
  std::deque<Slot> window_;  ///< window_[i] is request next_ + i
  std::int64_t next_ = 0;    ///< the oldest id without a row
};

/// Joins the parts under their header.
void concatenate_requests_csv(std::span<const std::filesystem::path> parts,
                              const std::filesystem::path& target);

/// A field as RFC 4180 wants it: quoted when it holds a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace kvsim::report
