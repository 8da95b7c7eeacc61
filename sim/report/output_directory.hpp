// A folder whose files appear whole or not at all.
//
// Files are written into a hidden folder inside the target and renamed into place by commit():
// the same file system, so each rename is atomic. Without commit() the destructor removes
// everything that was written, and the target too if it did not exist before. Other files in the
// target stay as they are. What a killed process leaves: hidden_folder.hpp.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/hidden_folder.hpp"

namespace kvsim::report {

class OutputDirectory {
 public:
  /// Throws ConfigError that names the path when nothing can be written there.
  explicit OutputDirectory(std::filesystem::path path);

  /// Throws ConfigError when one of these names is taken by a folder: better told before the work
  /// than after it.
  void require_free(std::span<const std::string_view> names) const;

  /// Where to write the file that will be called `name`.
  /// Requires: a plain file name, no folder (checked).
  [[nodiscard]] std::filesystem::path path_for(std::string_view name);

  /// Moves the files into place, in the order in which they were asked for: who waits for the
  /// last one finds all. Names that were asked for but not written are left out.
  void commit();

 private:
  HiddenFolder folder_;
  std::vector<std::string> names_;
};

/// Files of rows gather as much text before they write it.
inline constexpr std::size_t kFlushBytes = 1 << 16;

/// Writes a whole file. Throws ConfigError that names the path when that fails.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Writes `header` and the parts in their order to `target`: runs that are simulated side by side
/// write a part each.
void join_parts(std::string_view header, std::span<const std::filesystem::path> parts,
                const std::filesystem::path& target);

/// The error of all: the user named a place that cannot be written.
[[noreturn]] void fail_to_write(const std::filesystem::path& path, std::string_view reason);

}  // namespace kvsim::report
