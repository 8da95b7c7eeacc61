#include "sim/cli/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace kvsim::cli {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
                           (text[0] == '-' && text.size() > 1));
}

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                 const std::vector<bool>& right) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += right[i] ? fmt::format("{:>{}}", cells[i], widths[i])
                     : fmt::format("{:<{}}", cells[i], widths[i]);
    text += i + 1 < cells.size() ? "  " : "";
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

}  // namespace

std::string text_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  for (std::size_t i = 0; i < header.size(); ++i) {
    widths.push_back(header[i].size());
    right.push_back(!rows.empty());
    for (const auto& row : rows) {
      widths[i] = std::max(widths[i], row[i].size());
      right[i] = right[i] && (is_number(row[i]) || row[i].empty() || row[i] == "-");
    }
  }
  std::string text = line(header, widths, right);
  for (const auto& row : rows) {
    text += line(row, widths, right);
  }
  return text;
}

}  // namespace kvsim::cli
