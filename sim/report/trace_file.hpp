// A JSON file of trace events, compressed or not: zlib writes both.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace kvsim::report {

class TraceFile {
 public:
  /// Compresses if `path` ends in .gz; no name and no date go into the header, so that the same
  /// text means the same bytes. Throws ConfigError that names the path when it cannot be written;
  /// so do the others.
  explicit TraceFile(std::filesystem::path path);
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  /// One event, on a line of its own.
  void event(std::string_view event);
  /// Writes the rest, `metadata` being JSON, and closes the file.
  void close(std::string_view metadata);

 private:
  void text(std::string_view text);
  void flush();

  std::filesystem::path path_;
  gzFile file_;
  std::string text_;  ///< not yet handed to zlib
  bool first_ = true;
};

}  // namespace kvsim::report
