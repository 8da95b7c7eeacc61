// requests.csv out of the parts of its runs, joined and hashed while other runs are simulated: both
// at the end would keep all cores but one waiting.
#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/sha256.hpp"

namespace kvsim::report {

class RequestsJoin {
 public:
  /// Parts in the order of the file. Throws ConfigError that names `target` when it cannot be
  /// written; so do the others.
  RequestsJoin(std::vector<std::filesystem::path> parts, std::filesystem::path target);

  /// This part is written and closed. Appends it, and all behind it that wait, if it is the next;
  /// who comes while another thread appends does not wait. Safe to call from many threads.
  void ready(std::size_t part);

  /// Closes the file; its SHA-256. Requires: every part is ready (checked).
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] bool takes_over(std::size_t part);
  [[nodiscard]] bool next_is_ready_too();
  void append(std::string_view bytes);
  void append_file(const std::filesystem::path& part);

  std::vector<std::filesystem::path> parts_;
  std::filesystem::path target_;
  std::ofstream file_;
  Sha256 hash_;
  std::mutex mutex_;         ///< over all below; the file and the hash belong to who is joining
  std::vector<bool> ready_;  ///< by part
  std::size_t next_ = 0;
  bool joining_ = false;
};

}  // namespace kvsim::report
