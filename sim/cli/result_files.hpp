// Files that kvsim run wrote, read back.
#pragma once

#include <filesystem>
#include <string>

namespace kvsim::cli {

/// All of a file. Throws ConfigError that names it, with `way_out`, when there is none or it cannot
/// be read.
[[nodiscard]] std::string read_whole(const std::filesystem::path& file, const std::string& way_out);

/// `path` itself, or `name` in it when it is a folder.
[[nodiscard]] std::filesystem::path file_in(const std::filesystem::path& path,
                                            const std::string& name);

}  // namespace kvsim::cli
