#include "sim/report/output_directory.hpp"

#include <fmt/format.h>
#include <stdlib.h>

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

// The folders on the way to `path` that do not exist yet, outermost first.
std::vector<fs::path> missing_folders(const fs::path& path) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path p = path; !p.empty() && !fs::exists(p, ignored); p = p.parent_path()) {
    if (p.has_filename()) {
      missing.push_back(p);
    }
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

fs::path make_hidden_folder(const fs::path& target) {
  std::string name = (target / ".kvsim-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    fail_to_write(target, std::strerror(errno));
  }
  return name;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

}  // namespace

void fail_to_write(const fs::path& path, std::string_view reason) {
  Diagnostic diagnostic;
  diagnostic.place.file = path.string();
  diagnostic.message = fmt::format("cannot write here: {}", reason);
  diagnostic.notes = {"choose another place"};
  throw ConfigError({diagnostic});
}

OutputDirectory::OutputDirectory(fs::path path)
    : target_(std::move(path)), created_(missing_folders(target_)) {
  std::error_code error;
  if (fs::exists(target_, error) && !fs::is_directory(target_, error)) {
    fail_to_write(target_, "it is a file, not a folder");
  }
  try {
    fs::create_directories(target_, error);
    if (error) {
      fail_to_write(target_, error.message());
    }
    hidden_ = make_hidden_folder(target_);
  } catch (...) {
    remove_all_traces();
    throw;
  }
}

OutputDirectory::~OutputDirectory() { remove_all_traces(); }

fs::path OutputDirectory::path_for(std::string_view name) {
  KVSIM_CHECK(is_plain_name(name), "an output file has a plain name");
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
    names_.emplace_back(name);
  }
  return hidden_ / name;
}

// Looked at before the first rename, so that a name that is taken by a folder changes nothing.
void OutputDirectory::check_targets() const {
  std::error_code ignored;
  for (const std::string& name : names_) {
    if (fs::is_directory(target_ / name, ignored)) {
      fail_to_write(target_ / name, "it is a folder, not a file");
    }
  }
}

void OutputDirectory::commit() {
  check_targets();
  for (const std::string& name : names_) {
    std::error_code error;
    if (!fs::exists(hidden_ / name, error)) {
      continue;
    }
    fs::rename(hidden_ / name, target_ / name, error);
    if (error) {
      fail_to_write(target_ / name, error.message());
    }
    created_.clear();  // something of ours lies there now: the folder stays
  }
  names_.clear();
}

void OutputDirectory::remove_all_traces() noexcept {
  std::error_code ignored;
  if (!hidden_.empty()) {
    fs::remove_all(hidden_, ignored);
  }
  for (auto folder = created_.rbegin(); folder != created_.rend(); ++folder) {
    fs::remove(*folder, ignored);  // only if empty: others may have written there meanwhile
  }
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
  for (const fs::path& part : parts) {
    std::error_code ignored;
    fs::remove(part, ignored);
  }
}

}  // namespace kvsim::report
