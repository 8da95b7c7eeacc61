// A hidden folder in a target folder: what is written there can be renamed into place, one file
// system being the same.
//
// It goes, and with it the target and its parents if they did not exist before and are empty now.
// A killed process leaves it behind; whoever opens the same target next removes it. A lock (flock)
// on each hidden folder tells the living from the dead.
#pragma once

#include <filesystem>
#include <vector>

namespace kvsim::report {

class HiddenFolder {
 public:
  /// Throws ConfigError that names `target` when nothing can be written there.
  explicit HiddenFolder(std::filesystem::path target);
  ~HiddenFolder();
  HiddenFolder(const HiddenFolder&) = delete;
  HiddenFolder& operator=(const HiddenFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& target() const { return target_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// In the end the target goes, if it is empty then, even though it was there before.
  void remove_empty_target() { created_.push_back(target_); }

 private:
  void make();
  void remove_all_traces() noexcept;

  std::filesystem::path target_;
  std::filesystem::path path_;
  std::vector<std::filesystem::path> created_;  ///< folders that did not exist, outermost first
  int lock_ = -1;
};

}  // namespace kvsim::report
