// Text that somebody wrote, a file or a --set argument, and places in it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace kvsim::config {

struct Source {
  std::string name;                 ///< as messages show it: a path, or "--set a.b=c"
  std::filesystem::path directory;  ///< relative paths in the text start here; empty: where we run
  std::string text;
};
using SourcePtr = std::shared_ptr<const Source>;

/// Line and column count from 1, columns in characters; line 0 means the source as a whole.
struct Place {
  SourcePtr source;
  int line = 0;
  int column = 0;
  std::string via{};  ///< where an alias used this text, e.g. "*base at line 7"; mostly empty
};

[[nodiscard]] std::string_view source_line(const Source& source, int line);
/// Column in characters of a column in bytes, both from 1.
[[nodiscard]] int character_column(std::string_view line, int byte_column);
[[nodiscard]] Place whole_source(SourcePtr source);

[[nodiscard]] Diagnostic make_diagnostic(Severity severity, const Place& place, std::string message,
                                         std::string path = {},
                                         std::vector<std::string> notes = {});

/// Reads a file and checks that it is text. Throws ConfigError if it is missing, a folder, too
/// large, or not UTF-8.
[[nodiscard]] SourcePtr read_source(const std::filesystem::path& path);
/// The same check for text that is no file.
[[nodiscard]] SourcePtr make_source(std::string name, std::string text,
                                    std::filesystem::path directory = {});

}  // namespace kvsim::config
