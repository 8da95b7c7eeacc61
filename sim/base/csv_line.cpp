#include "sim/base/csv_line.hpp"

#include <algorithm>

namespace kvsim {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

int column_of(std::size_t position) { return static_cast<int>(position) + 1; }

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && is_blank(line[at])) {
    ++at;
  }
  return at;
}

// Position of the quote that ends the field which begins at `first`; npos: there is none.
std::size_t closing_quote(std::string_view line, std::size_t first) {
  std::size_t at = line.find('"', first);
  while (at != std::string_view::npos && at + 1 < line.size() && line[at + 1] == '"') {
    at = line.find('"', at + 2);
  }
  return at;
}

CsvField plain_field(std::string_view line, std::size_t first, std::size_t end) {
  while (end > first && is_blank(line[end - 1])) {
    --end;
  }
  return {line.substr(first, end - first), column_of(first)};
}

}  // namespace

std::optional<CsvFault> split_csv(std::string_view line, std::vector<CsvField>& fields) {
  fields.clear();
  std::size_t at = 0;
  while (true) {
    at = skip_blanks(line, at);
    if (at < line.size() && line[at] == '"') {
      const std::size_t close = closing_quote(line, at + 1);
      if (close == std::string_view::npos) {
        return CsvFault{"the quote is not closed on this line", column_of(at)};
      }
      fields.push_back({line.substr(at + 1, close - at - 1), column_of(at + 1)});
      at = skip_blanks(line, close + 1);
    } else {
      const std::size_t comma = std::min(line.find(',', at), line.size());
      fields.push_back(plain_field(line, at, comma));
      at = comma;
    }
    if (at >= line.size()) {
      return std::nullopt;
    }
    if (line[at] != ',') {
      return CsvFault{"expected a comma after the closing quote", column_of(at)};
    }
    ++at;
  }
}

std::string without_doubled_quotes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    plain += text[i];
    i += text.substr(i, 2) == "\"\"" ? 1U : 0U;
  }
  return plain;
}

}  // namespace kvsim
