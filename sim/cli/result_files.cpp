#include "sim/cli/result_files.hpp"

#include <fstream>
#include <iterator>

#include "sim/base/diagnostic.hpp"

namespace kvsim::cli {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& file, const std::string& way_out) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    refuse_input({file.string()}, "there is no such file", {way_out});
  }
  if (fs::is_directory(file, error)) {
    refuse_input({file.string()}, "is a folder, not a file", {way_out});
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream && !stream.eof()) {
    refuse_input({file.string()}, "cannot be read", {"check its permissions"});
  }
  return text;
}

fs::path file_in(const fs::path& path, const std::string& name) {
  std::error_code error;
  return fs::is_directory(path, error) ? path / name : path;
}

}  // namespace kvsim::cli
