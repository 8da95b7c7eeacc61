// manifest.json: without device, driver, clocks, date and commit a sample is no result.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kvsim {
namespace bench {

/// An object of texts, numbers and lists, in the order they were added.
class Manifest {
 public:
  void text(const std::string& key, const std::string& value);
  void number(const std::string& key, double value);
  void flag(const std::string& key, bool value);
  void list(const std::string& key, const std::vector<std::string>& values);

  [[nodiscard]] std::string json() const;

 private:
  void put(const std::string& key, const std::string& json);
  std::vector<std::pair<std::string, std::string>> entries_;  // values as JSON
};

/// Writes beside the place and renames. Throws std::runtime_error.
void write_whole(const std::string& path, const std::string& content);

/// The text of a key in a manifest written by this class; empty: no such file or key.
[[nodiscard]] std::string text_in_file(const std::string& path, const std::string& key);

/// A name of configs/gpus for what the driver calls a GPU; empty: none fits.
[[nodiscard]] std::string kvsim_gpu_name(const std::string& device);

/// 64 bits of FNV-1a as 16 digits: tells samples of two GPUs apart without naming them.
[[nodiscard]] std::string fingerprint(const std::string& text);

}  // namespace bench
}  // namespace kvsim
