#include "sim/report/trace_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/report/output_directory.hpp"

namespace kvsim::report {
namespace {}  // namespace

// "T": as it is.
TraceFile::TraceFile(std::filesystem::path path)
    : path_(std::move(path)),
      file_(gzopen(path_.c_str(), path_.extension() == ".gz" ? "wb" : "wbT")) {
  if (file_ == nullptr) {
    fail_to_write(path_, std::strerror(errno));
  }
  text(R"({"displayTimeUnit":"ms","traceEvents":[)");
}

TraceFile::~TraceFile() {
  if (file_ != nullptr) {
    gzclose(file_);
  }
}

void TraceFile::event(std::string_view event) {
  text(first_ ? "\n" : ",\n");
  first_ = false;
  text(event);
}

void TraceFile::close(std::string_view metadata) {
  text("\n],\n\"metadata\":");
  text(metadata);
  text("}\n");
  flush();
  if (gzclose(std::exchange(file_, nullptr)) != Z_OK) {
    fail_to_write(path_, std::strerror(errno));
  }
}

void TraceFile::text(std::string_view text) {
  text_ += text;
  if (text_.size() >= kFlushBytes) {
    flush();
  }
}

void TraceFile::flush() {
  if (!text_.empty() && gzwrite(file_, text_.data(), static_cast<unsigned>(text_.size())) == 0) {
    fail_to_write(path_, std::strerror(errno));
  }
  text_.clear();
}

}  // namespace kvsim::report
