#include "sim/base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace kvsim {
namespace {

constexpr std::size_t kLongestShownLine = 160;

std::string_view severity_word(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  return "error";
}

std::string place_text(const SourcePlace& place) {
  if (place.line == 0) {
    return place.file;
  }
  return place.column == 0 ? fmt::format("{}:{}", place.file, place.line)
                           : fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

// Unprintable bytes would move the caret or upset the terminal.
std::string printable(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, kLongestShownLine)) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(byte >= 0x20 && byte != 0x7f ? c : (c == '\t' ? ' ' : '?'));
  }
  return text;
}

std::string caret_lines(const Diagnostic& diagnostic) {
  if (diagnostic.source_line.empty()) {
    return {};
  }
  std::string text = fmt::format("    {}\n", printable(diagnostic.source_line));
  const auto column = static_cast<std::size_t>(std::max(0, diagnostic.place.column));
  if (column > 0 && column <= kLongestShownLine) {
    text += fmt::format("    {}^\n", std::string(column - 1, ' '));
  }
  return text;
}

std::string summary(const std::vector<Diagnostic>& diagnostics) {
  return diagnostics.empty() ? "invalid input" : render(diagnostics);
}

}  // namespace

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(summary(diagnostics)), diagnostics_(std::move(diagnostics)) {}

std::string render(const Diagnostic& diagnostic) {
  std::string text = place_text(diagnostic.place);
  text += fmt::format("{}{}: {}", text.empty() ? "" : ": ", severity_word(diagnostic.severity),
                      diagnostic.message);
  if (!diagnostic.path.empty()) {
    text += fmt::format(" [{}]", diagnostic.path);
  }
  text += '\n' + caret_lines(diagnostic);
  for (const std::string& note : diagnostic.notes) {
    text += fmt::format("    note: {}\n", note);
  }
  return text;
}

std::string render(const std::vector<Diagnostic>& diagnostics) {
  std::vector<Diagnostic> sorted = diagnostics;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) <
           std::tie(b.place.file, b.place.line, b.place.column);
  });
  std::string text;
  for (const Diagnostic& diagnostic : sorted) {
    text += render(diagnostic);
  }
  return text;
}

}  // namespace kvsim
