#include "sim/config/source.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>

#include "sim/base/units.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

// The longest configuration we know (a card with a large table) has 40 kB.
constexpr std::uintmax_t kLargestFile = 16'000'000;

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xc0) == 0x80;
}

// Bytes of the UTF-8 character at `i`; 0 if there is none.
std::size_t character_length(std::string_view text, std::size_t i) {
  const unsigned char first = byte_at(text, i);
  if (first < 0x80) {
    const bool control = (first < 0x20 && first != '\t' && first != '\n' && first != '\r');
    return control || first == 0x7f ? 0 : 1;
  }
  const std::size_t length = first >= 0xf5   ? 0
                             : first >= 0xf0 ? 4
                             : first >= 0xe0 ? 3
                             : first >= 0xc2 ? 2
                                             : 0;
  for (std::size_t k = 1; k < length; ++k) {
    if (!is_continuation(text, i + k)) {
      return 0;
    }
  }
  return length;
}

std::optional<std::size_t> first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    if (length == 0) {
      return i;
    }
    i += length;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& file, std::string message,
                         std::vector<std::string> notes = {}) {
  throw ConfigError({Diagnostic{.place = {.file = file},
                                .message = std::move(message),
                                .path = {},
                                .source_line = {},
                                .notes = std::move(notes)}});
}

void check_bytes(const SourcePtr& source) {
  const std::optional<std::size_t> bad = first_bad_byte(source->text);
  if (!bad) {
    return;
  }
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < *bad; ++i) {
    if (source->text[i] == '\n') {
      ++line;
      line_start = i + 1;
    }
  }
  const std::string_view before = std::string_view(source->text).substr(line_start);
  const int column = character_column(before, static_cast<int>(*bad - line_start) + 1);
  throw ConfigError({make_diagnostic(
      Severity::Error, {source, line, column},
      fmt::format("byte 0x{:02x} is not text", byte_at(source->text, *bad)), {},
      {"a configuration is a YAML file in UTF-8: is this another kind of file?"})});
}

void check_kind(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    refuse(path.string(), "there is no such file");
  }
  if (fs::is_directory(status)) {
    refuse(path.string(), "is a folder, not a file", {"name a YAML file in it"});
  }
  if (fs::is_character_file(status) || fs::is_block_file(status)) {
    refuse(path.string(), "is a device, not a file");
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (!error && size > kLargestFile) {
    refuse(path.string(), fmt::format("is too large for a configuration ({})",
                                      format_bytes(static_cast<double>(size))));
  }
}

}  // namespace

std::string_view source_line(const Source& source, int line) {
  std::string_view rest = source.text;
  for (int i = 1; i < line; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  return rest.ends_with('\r') ? rest.substr(0, rest.size() - 1) : rest;
}

int character_column(std::string_view line, int byte_column) {
  int column = 1;
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(byte_column) && i < line.size(); ++i) {
    column += is_continuation(line, i) ? 0 : 1;
  }
  return column;
}

Place whole_source(SourcePtr source) { return {std::move(source), 0, 0}; }

Diagnostic make_diagnostic(Severity severity, const Place& place, std::string message,
                           std::string path, std::vector<std::string> notes) {
  Diagnostic diagnostic{.severity = severity,
                        .place = {.file = place.source ? place.source->name : std::string(),
                                  .line = place.line,
                                  .column = place.column},
                        .message = std::move(message),
                        .path = std::move(path),
                        .source_line = {},
                        .notes = std::move(notes)};
  if (place.source && place.line > 0) {
    diagnostic.source_line = source_line(*place.source, place.line);
  }
  if (!place.via.empty()) {
    diagnostic.notes.push_back("used through the alias " + place.via);
  }
  return diagnostic;
}

SourcePtr make_source(std::string name, std::string text, fs::path directory) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) {
    text.erase(0, kByteOrderMark.size());
  }
  auto source = std::make_shared<const Source>(
      Source{std::move(name), std::move(directory), std::move(text)});
  check_bytes(source);
  return source;
}

SourcePtr read_source(const fs::path& path) {
  check_kind(path);
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file && !file.eof()) {
    refuse(path.string(), "cannot be read", {"check its permissions"});
  }
  return make_source(path.string(), std::move(text), path.parent_path());
}

}  // namespace kvsim::config
