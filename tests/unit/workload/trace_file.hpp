// A trace that a test writes, in a folder of its own that goes when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/workload/request_source.hpp"

namespace kvsim::workload {

inline constexpr std::string_view kSkipNote =
    "    note: to count such lines instead of stopping: workload.skip_bad_lines: true "
    "(--skip-bad-lines)\n";

class TraceFile {
 public:
  explicit TraceFile(std::string_view content, const std::string& name = "trace.csv") {
    std::string pattern = (std::filesystem::temp_directory_path() / "kvsim-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("cannot make a folder for the test");
    }
    folder_ = pattern;
    path_ = folder_ / name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;
  ~TraceFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string folder() const { return folder_.string(); }

  [[nodiscard]] spec::WorkloadSpec csv() const {
    spec::WorkloadSpec workload;
    workload.trace = path();
    return workload;
  }
  [[nodiscard]] spec::WorkloadSpec as(spec::TraceFormat format) const {
    spec::WorkloadSpec workload = csv();
    workload.format = format;
    return workload;
  }
  [[nodiscard]] spec::WorkloadSpec azure() const { return as(spec::TraceFormat::Azure); }
  [[nodiscard]] spec::WorkloadSpec mooncake() const { return as(spec::TraceFormat::Mooncake); }
  [[nodiscard]] spec::WorkloadSpec burstgpt() const { return as(spec::TraceFormat::Burstgpt); }
  /// With the closed loop that it needs.
  [[nodiscard]] spec::WorkloadSpec lengths() const {
    spec::WorkloadSpec workload = as(spec::TraceFormat::Lengths);
    workload.closed_loop = spec::ClosedLoopSpec{.max_concurrency = 1};
    return workload;
  }

  /// The error of reading all of `workload`, with the folder taken out; empty if there is none.
  [[nodiscard]] std::string error_of(const spec::WorkloadSpec& workload) const {
    try {
      const auto source = make_source(workload, 1);
      while (source->next()) {
      }
    } catch (const ConfigError& error) {
      return without_folder(error.what());
    }
    return {};
  }

  [[nodiscard]] std::string without_folder(std::string text) const {
    for (std::size_t at = text.find(folder()); at != std::string::npos; at = text.find(folder())) {
      text.erase(at, folder().size() + 1);
    }
    return text;
  }

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

inline std::vector<Request> all_of(RequestSource& source) {
  std::vector<Request> requests;
  while (const auto request = source.next()) {
    requests.push_back(*request);
  }
  return requests;
}

inline std::vector<Request> all_of(const spec::WorkloadSpec& workload, std::uint64_t seed = 1) {
  return all_of(*make_source(workload, seed));
}

inline SimTime at_attoseconds(Int128 attoseconds) { return SimTime(Duration(attoseconds)); }

}  // namespace kvsim::workload
