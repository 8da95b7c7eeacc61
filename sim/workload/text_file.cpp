#include "sim/workload/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kvsim::workload {
namespace {

struct KnownFormat {
  std::string_view first_bytes;
  std::string_view message;
  std::string_view way_out;
};

using namespace std::string_view_literals;
constexpr std::array kKnownFormats = {
    KnownFormat{"\x1f\x8b"sv, "is compressed with gzip", "unpack it first: gunzip --keep FILE"},
    KnownFormat{"\x28\xb5\x2f\xfd"sv, "is compressed with zstd", "unpack it first: unzstd FILE"},
    KnownFormat{"\xfd"
                "7zXZ\0"sv,
                "is compressed with xz", "unpack it first: unxz --keep FILE"},
    KnownFormat{"PK\x03\x04"sv, "is a zip archive or a spreadsheet",
                "unpack it, or save the sheet as CSV"},
    KnownFormat{"PAR1"sv, "is a Parquet file", "write it as CSV first"},
};

}  // namespace

TextFile::TextFile(std::string path, std::size_t longest_line)
    : path_(std::move(path)), longest_line_(longest_line), buffer_(kLongestLine) {
  open();
  fill();
  refuse_other_formats();
  if (std::string_view(buffer_.data(), end_).starts_with("\xef\xbb\xbf"sv)) {
    begin_ = 3;  // UTF-8 byte order mark
  }
}

void TextFile::open() {
  std::error_code ignored;
  const auto status = std::filesystem::status(path_, ignored);
  if (!std::filesystem::exists(status)) {
    fail("the trace does not exist", {"paths are relative to the folder of the study"});
  }
  if (std::filesystem::is_directory(status)) {
    fail("the trace is a directory", {"name the file in it"});
  }
  errno = 0;
  stream_.open(path_, std::ios::binary);
  if (!stream_) {
    fail(fmt::format("the trace cannot be opened: {}", std::strerror(errno)), {});
  }
}

void TextFile::refuse_other_formats() const {
  const std::string_view start(buffer_.data(), end_);
  for (const KnownFormat& known : kKnownFormats) {
    if (start.starts_with(known.first_bytes)) {
      fail(fmt::format("the trace {}", known.message), {std::string(known.way_out)});
    }
  }
  if (start.find('\0') != std::string_view::npos) {
    fail("the trace is not a text file (it holds bytes of value 0)",
         {"traces are CSV or JSON lines in ASCII or UTF-8"});
  }
}

void TextFile::fill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  stream_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
  end_ += static_cast<std::size_t>(stream_.gcount());
  if (stream_.bad()) {
    fail("the trace cannot be read", {});
  }
  at_end_ = stream_.eof();
}

// Whether more of the current line can be read; a line as long as the buffer makes it grow.
bool TextFile::make_room() {
  if (begin_ == 0 && end_ == buffer_.size()) {
    buffer_.resize(std::min(longest_line_, 2 * buffer_.size()));
  }
  return begin_ > 0 || end_ < buffer_.size();
}

bool TextFile::next_line() {
  const auto newline = [&] {
    const std::string_view unread(buffer_.data() + begin_, end_ - begin_);
    return unread.find('\n');
  };
  std::size_t length = newline();
  while (length == std::string_view::npos && !at_end_ && make_room()) {
    fill();
    length = newline();
  }
  if (length == std::string_view::npos && !at_end_) {
    fail(fmt::format("line {} is longer than {} characters", number_ + 1, longest_line_),
         {"a trace has one request per line"});
  }
  const bool last = length == std::string_view::npos;
  if (last && begin_ == end_) {
    return false;
  }
  length = last ? end_ - begin_ : length;
  line_ = std::string_view(buffer_.data() + begin_, length);
  begin_ += length + (last ? 0 : 1);
  if (line_.ends_with('\r')) {
    line_.remove_suffix(1);
  }
  ++number_;
  return true;
}

Diagnostic TextFile::diagnostic(const Fault& fault) const {
  return {.place = {.file = path_, .line = number_, .column = fault.column},
          .message = fault.message,
          .path = fault.field,
          .source_line = std::string(line_),
          .notes = fault.notes};
}

void TextFile::fail(std::string message, std::vector<std::string> notes) const {
  throw ConfigError({{.place = {.file = path_},
                      .message = std::move(message),
                      .path = "workload.trace",
                      .source_line = {},
                      .notes = std::move(notes)}});
}

}  // namespace kvsim::workload
