// A text file read line by line through a buffer that holds one line at least, with places for
// error messages.
//
// Line ends are LF or CRLF; the last line needs none; a UTF-8 byte order mark is passed over.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace kvsim::workload {

/// What is wrong with the current line.
struct Fault {
  std::string message;
  std::string field;  ///< name of the column; may be empty
  int column = 0;     ///< from 1; 0: the line as a whole
  std::vector<std::string> notes{};
  bool skippable = true;  ///< whether skip_bad_lines may pass over it
  bool general = false;   ///< the lines below probably have it too: told once
};

/// Of a trace with block ids: a prompt of a million tokens may have 62 500 block ids of 20 digits.
inline constexpr std::size_t kLongestJsonLine = std::size_t{1} << 22;

class TextFile {
 public:
  static constexpr std::size_t kLongestLine = 65'536;  ///< also the buffer's first size

  /// Throws ConfigError: missing, a directory, unreadable, compressed, not text.
  explicit TextFile(std::string path, std::size_t longest_line = kLongestLine);

  /// Moves to the next line; false at the end of the file.
  /// Throws ConfigError: the line is longer than longest_line, or reading fails.
  [[nodiscard]] bool next_line();

  /// The current line without its end; valid until next_line().
  [[nodiscard]] std::string_view line() const { return line_; }
  /// From the next line on; the buffer grows to it only when it must.
  void allow_lines_of(std::size_t longest) { longest_line_ = longest; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// `fault` at the current line.
  [[nodiscard]] Diagnostic diagnostic(const Fault& fault) const;
  /// About the file as a whole.
  [[noreturn]] void fail(std::string message, std::vector<std::string> notes) const;

 private:
  void open();
  void refuse_other_formats() const;
  void fill();
  [[nodiscard]] bool make_room();

  std::string path_;
  std::size_t longest_line_;
  std::ifstream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // unread part of the buffer: [begin_, end_)
  std::size_t end_ = 0;
  bool at_end_ = false;  // the stream has given everything
  std::string_view line_;
  int number_ = 0;
};

}  // namespace kvsim::workload
