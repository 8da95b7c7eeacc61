// One line of comma-separated values (RFC 4180), split without copying.
//
// Fields may be quoted; a quoted field may hold commas but no line end. Blanks around a field are
// dropped. A small reader, because the packaged ones (libcsv, fast-cpp-csv-parser) split in place
// and lose the text of the line, which the error messages show.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim {

struct CsvField {
  std::string_view text;  ///< without the outer quotes; doubled quotes inside stay doubled
  int column = 1;         ///< where the text begins in the line, from 1
};

struct CsvFault {
  std::string_view message;
  int column = 1;  ///< from 1
};

/// Splits `line` into `fields`, which are views into it; answers what is wrong with it.
[[nodiscard]] std::optional<CsvFault> split_csv(std::string_view line,
                                                std::vector<CsvField>& fields);

/// Doubled quotes inside a quoted field stand for one.
[[nodiscard]] std::string without_doubled_quotes(std::string_view text);

}  // namespace kvsim
