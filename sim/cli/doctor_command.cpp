// kvsim doctor: what is here, what is not, and what that disables.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "kvsim_version.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/programs.hpp"
#include "sim/cli/reference_commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string what;
  std::string status;  ///< OK, absent or BROKEN
  std::string detail;
};

Finding present(std::string what, std::string detail) {
  return {std::move(what), "OK", std::move(detail)};
}

Finding optional_file(std::string what, const fs::path& file, const std::string& disables) {
  std::error_code error;
  return !file.empty() && fs::exists(file, error) ? present(std::move(what), file.string())
                                                  : Finding{std::move(what), "absent", disables};
}

// yaml-cpp says its version nowhere in its headers, but the file name of the library does.
std::string loaded_library(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t at = line.find(name + ".so.");
    if (at != std::string::npos) {
      return line.substr(at + name.size() + 4);
    }
  }
  return "linked in";
}

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
  return fmt::format("g++ {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
}

// How many files of the library parse; any that does not is somebody's to repair.
template <class Load>
Finding loads(const std::string& what, const fs::path& folder, const Load& load) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return {what, "BROKEN", fmt::format("no folder {}; set KVSIM_HOME", folder.string())};
  }
  try {
    return present(what, fmt::format("{} in {}", load().size(), folder.string()));
  } catch (const ConfigError& fault) {
    return {what, "BROKEN",
            fmt::format("{} faults in {}: see kvsim {}", fault.diagnostics().size(),
                        folder.string(), what)};
  }
}

Finding machine() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  return present(
      "machine",
      fmt::format("{} cores, {} of memory", std::thread::hardware_concurrency(),
                  format_bytes_binary(static_cast<double>(pages) * static_cast<double>(page))));
}

Finding gpu_driver() {
  std::ifstream version("/proc/driver/nvidia/version");
  std::string line;
  if (std::getline(version, line)) {
    return present("GPU driver", line);
  }
  return optional_file("GPU driver", on_path("nvidia-smi"),
                       "no calibration on this machine; simulations need no GPU");
}

std::vector<Finding> required() {
  const config::Library where = library();
  return {
      present("kvsim", fmt::format("{}, commit {}", KVSIM_VERSION,
                                   *KVSIM_GIT_SHA != '\0' ? KVSIM_GIT_SHA : "unknown")),
      present("compiler", compiler()),
      present("libraries",
              fmt::format("fmt {}.{}.{}, yaml-cpp {}, nlohmann-json {}.{}.{}", FMT_VERSION / 10000,
                          FMT_VERSION / 100 % 100, FMT_VERSION % 100, loaded_library("libyaml-cpp"),
                          NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                          NLOHMANN_JSON_VERSION_PATCH)),
      machine(),
      loads("models", where.configs / "models", [&] { return config::load_models(where); }),
      loads("gpus", where.configs / "gpus", [&] { return config::load_gpus(where); }),
      loads("slos", where.configs / "slos", [&] { return config::load_slos(where); }),
      loads("cards", where.cards, [&] { return config::load_cards(where); }),
  };
}

std::vector<Finding> extras() {
  const fs::path venv = library().configs.parent_path() / ".venv";
  return {
      optional_file("Python venv", venv / "bin" / "python",
                    "Python tests and extras; ./dev test makes it"),
      optional_file("Vega bundle", venv / "share" / "kvsim" / "vega_bundle.js",
                    "report.html has tables but no charts; ./dev demo makes it"),
      optional_file("chromium", chromium(), "no kvsim report --format pdf, no browser tests"),
      optional_file("nvcc", on_path("nvcc"),
                    "kvsim-calibrate cannot be built here; shipped cards are used"),
      gpu_driver(),
  };
}

}  // namespace

int doctor() {
  std::vector<Finding> findings = required();
  const std::vector<Finding> more = extras();
  findings.insert(findings.end(), more.begin(), more.end());
  std::vector<std::vector<std::string>> rows;
  bool broken = false;
  for (const Finding& finding : findings) {
    broken = broken || finding.status == "BROKEN";
    rows.push_back({finding.what, finding.status, finding.detail});
  }
  fmt::print("{}", text_table({"part", "status", "found, or what its absence disables"}, rows));
  fmt::print("\n{}\n", broken ? "Something that kvsim needs is broken."
                              : "Everything that a simulation needs is here.");
  return broken ? kOurFailure : kOk;
}

}  // namespace kvsim::cli
