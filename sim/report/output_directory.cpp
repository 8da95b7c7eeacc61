#include "sim/report/output_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

}  // namespace

void fail_to_write(const fs::path& path, std::string_view reason) {
  refuse_input({path.string()}, fmt::format("cannot write here: {}", reason),
               {"choose another place"});
}

OutputDirectory::OutputDirectory(fs::path path) : folder_(std::move(path)) {}

fs::path OutputDirectory::path_for(std::string_view name) {
  KVSIM_CHECK(is_plain_name(name), "an output file has a plain name");
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
    names_.emplace_back(name);
  }
  return folder_.path() / name;
}

void OutputDirectory::require_free(std::span<const std::string_view> names) const {
  std::error_code ignored;
  for (const std::string_view name : names) {
    if (fs::is_directory(folder_.target() / name, ignored)) {
      fail_to_write(folder_.target() / name, "it is a folder, not a file");
    }
  }
}

void OutputDirectory::commit() {
  // Looked at before the first rename, so that a name that is taken by a folder changes nothing.
  require_free(std::vector<std::string_view>(names_.begin(), names_.end()));
  for (const std::string& name : names_) {
    std::error_code error;
    if (!fs::exists(folder_.path() / name, error)) {
      continue;
    }
    fs::rename(folder_.path() / name, folder_.target() / name, error);
    if (error) {
      fail_to_write(folder_.target() / name, error.message());
    }
  }
  names_.clear();
}

void write_file(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    fail_to_write(path, std::strerror(errno));
  }
}

void join_parts(std::string_view header, std::span<const fs::path> parts, const fs::path& target) {
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  out << header;
  for (const fs::path& part : parts) {
    std::ifstream in(part, std::ios::binary);
    KVSIM_CHECK(in.good(), "a part of an output file is missing");
    if (in.peek() != std::ifstream::traits_type::eof()) {  // << of nothing counts as a failure
      out << in.rdbuf();
    }
  }
  out.close();
  if (!out) {
    fail_to_write(target, std::strerror(errno));
  }
}

}  // namespace kvsim::report
