#include "sim/base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace kvsim {
namespace {

constexpr std::size_t kLongestShownLine = 160;
constexpr std::size_t kLongestPlace = 200;
constexpr std::size_t kLongestSentence = 2000;

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

// Bytes of the UTF-8 character at the start of `text`, 0 if there is none that can be shown:
// control characters (C1 too) would move the cursor, invalid bytes upset the terminal.
std::size_t shown_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) {
    return byte(0) >= 0x20 && byte(0) != 0x7f ? 1 : 0;
  }
  const std::size_t length = byte(0) >= 0xf5   ? 0
                             : byte(0) >= 0xf0 ? 4
                             : byte(0) >= 0xe0 ? 3
                             : byte(0) >= 0xc2 ? 2
                                               : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xc0U) != 0x80U) {
      return 0;
    }
  }
  const bool control = length == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
  return control ? 0 : length;
}

// At most `most` bytes, whole characters; what cannot be shown is a question mark.
std::string printable(std::string_view text, std::size_t most) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = shown_length(text.substr(i));
    if (shown.size() + std::max<std::size_t>(length, 1) > most) {
      return shown;
    }
    shown += length > 0 ? text.substr(i, length) : (text[i] == '\t' ? " " : "?");
    i += std::max<std::size_t>(length, 1);
  }
  return shown;
}

std::string place_text(const SourcePlace& place) {
  const std::string file = printable(place.file, kLongestPlace);
  if (place.line == 0) {
    return file;
  }
  return place.column == 0 ? fmt::format("{}:{}", file, place.line)
                           : fmt::format("{}:{}:{}", file, place.line, place.column);
}

std::string caret_lines(const Diagnostic& diagnostic) {
  if (diagnostic.source_line.empty()) {
    return {};
  }
  std::string text = fmt::format("    {}\n", printable(diagnostic.source_line, kLongestShownLine));
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

void refuse_input(SourcePlace place, std::string message, std::vector<std::string> ways_out) {
  Diagnostic fault;
  fault.place = std::move(place);
  fault.message = std::move(message);
  fault.notes = std::move(ways_out);
  throw ConfigError({std::move(fault)});
}

std::string render(const Diagnostic& diagnostic) {
  std::string text = place_text(diagnostic.place);
  text += fmt::format("{}{}: {}", text.empty() ? "" : ": ", severity_word(diagnostic.severity),
                      printable(diagnostic.message, kLongestSentence));
  if (!diagnostic.path.empty()) {
    text += fmt::format(" [{}]", printable(diagnostic.path, kLongestPlace));
  }
  text += '\n' + caret_lines(diagnostic);
  for (const std::string& note : diagnostic.notes) {
    text += fmt::format("    note: {}\n", printable(note, kLongestSentence));
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
