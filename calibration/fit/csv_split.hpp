// One line of comma-separated values (RFC 4180), split without copying.
//
// Fields may be quoted; a quoted field may hold commas but no line end. Blanks around a field are
// dropped. The reader of traces has one of its own (sim/workload/csv_line.hpp): that room is out of
// sight from here, and its messages speak of traces.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim::fit {

struct CsvField {
  std::size_t begin = 0;  ///< of the text in the line, without the outer quotes
  std::size_t length = 0;
};

struct CsvFault {
  std::string_view message;
  std::size_t at = 0;  ///< position in the line
};

/// Appends the fields of `line`, or answers what is wrong with it.
[[nodiscard]] std::optional<CsvFault> split_csv_line(std::string_view line,
                                                     std::vector<CsvField>& fields);

/// Doubled quotes inside a quoted field stand for one.
[[nodiscard]] std::string without_doubled_quotes(std::string_view text);

}  // namespace kvsim::fit
