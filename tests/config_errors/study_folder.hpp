// A folder of its own for the files of one test, loaded against the shipped library.
#pragma once

#include <stdlib.h>  // mkdtemp

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kvsim_version.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/config/config.hpp"

namespace kvsim::config {

[[nodiscard]] inline Library shipped_library() {
  return {KVSIM_SOURCE_DIR "/configs", KVSIM_SOURCE_DIR "/calibration/cards",
          KVSIM_SOURCE_DIR "/reports/templates"};
}

/// A study without fault. `more` is appended.
[[nodiscard]] inline std::string good_study(std::string_view more = {}) {
  return R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)" + std::string(more);
}

/// The same with another cluster.
[[nodiscard]] inline std::string study_on(std::string_view cluster, std::string_view more = {}) {
  constexpr std::string_view kAlike = "{gpu: h100-sxm}";
  std::string text = good_study(more);
  return text.replace(text.find(kAlike), kAlike.size(), cluster);
}

/// Two pools of unlike replicas.
inline constexpr const char* kTwoPools =
    "{router: least_kv, pools: {new: {gpu: h200-sxm, replicas: 2, engine: {tp_size: 2}},\n"
    "    old: {gpu: a100-80gb-sxm, replicas: 4, startup_delay: 90 s}}}";

class StudyFolder {
 public:
  StudyFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kvsim-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("cannot make a folder in " + pattern);
    }
    path_ = pattern;
  }
  ~StudyFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  StudyFolder(const StudyFolder&) = delete;
  StudyFolder& operator=(const StudyFolder&) = delete;

  [[nodiscard]] std::filesystem::path path(std::string_view name) const { return path_ / name; }

  void write(std::string_view name, std::string_view text) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
  }

  [[nodiscard]] spec::StudySpec load(std::string_view name,
                                     const std::vector<std::string>& sets = {}) const {
    return load_study(path(name), {shipped_library(), sets, 0});
  }

  [[nodiscard]] spec::StudySpec load_text(std::string_view text,
                                          const std::vector<std::string>& sets = {}) const {
    write("study.yaml", text);
    return load("study.yaml", sets);
  }

  /// What `action` complains about, file names without this folder; empty if it does not.
  template <class Action>
  [[nodiscard]] std::string complaints(const Action& action) const {
    try {
      action();
    } catch (const ConfigError& error) {
      return without_folder(error.what());
    }
    return {};
  }

  [[nodiscard]] std::string errors(std::string_view name,
                                   const std::vector<std::string>& sets = {}) const {
    return complaints([&] { (void)load(name, sets); });
  }

  [[nodiscard]] std::string errors_in(std::string_view text,
                                      const std::vector<std::string>& sets = {}) const {
    write("study.yaml", text);
    return errors("study.yaml", sets);
  }

  [[nodiscard]] std::string notes(const spec::StudySpec& study) const {
    return without_folder(render(study.warnings));
  }

  [[nodiscard]] std::string without_folder(std::string text) const {
    const std::string prefix = path_.string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace kvsim::config
