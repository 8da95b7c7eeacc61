#include "sim/cli/rerun_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/base/sha256.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownDigits = 12;

Diagnostic about(const std::string& file, std::string message) {
  Diagnostic fault;
  fault.place.file = file;
  fault.message = std::move(message);
  return fault;
}

std::string changed(const std::string& then, const std::string& now) {
  return fmt::format("has changed since the run (sha256 {}... then, {}... now)",
                     then.substr(0, kShownDigits), now.substr(0, kShownDigits));
}

// As the study says it, wherever the study lies; empty for a file that does not lie beside it.
std::string beside(const std::string& file, const std::string& study) {
  const fs::path folder = fs::path(study).parent_path().lexically_normal();
  const fs::path path = fs::path(file).lexically_normal();
  return folder.empty() ? path.generic_string() : path.lexically_relative(folder).generic_string();
}

// Pairs the files read then with those read now: the study, then by path, then by the place
// relative to the study.
class Matching {
 public:
  Matching(const report::Manifest& manifest, const spec::StudySpec& study, const std::string& path)
      : manifest_(manifest), now_(study.inputs), path_(path), taken_(now_.size()) {}

  [[nodiscard]] std::optional<std::size_t> take(std::size_t then) {
    const std::string& file = manifest_.inputs[then].path;
    if (then == 0) {
      return take_first([](std::size_t i) { return i == 0; });
    }
    if (const auto same = take_first([&](std::size_t i) { return now_[i].path == file; })) {
      return same;
    }
    const std::string place = beside(file, manifest_.study_path);
    return take_first(
        [&](std::size_t i) { return !place.empty() && beside(now_[i].path, path_) == place; });
  }

  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> files;
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (!taken_[i]) {
        files.push_back(now_[i].path);
      }
    }
    return files;
  }

 private:
  template <class Fits>
  std::optional<std::size_t> take_first(const Fits& fits) {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (!taken_[i] && fits(i)) {
        taken_[i] = true;
        return i;
      }
    }
    return std::nullopt;
  }

  const report::Manifest& manifest_;
  const std::vector<spec::InputFile>& now_;
  const std::string& path_;
  std::vector<bool> taken_;
};

}  // namespace

std::vector<Diagnostic> changed_inputs(const report::Manifest& manifest,
                                       const spec::StudySpec& study,
                                       const std::string& study_path) {
  std::vector<Diagnostic> faults;
  Matching matching(manifest, study, study_path);
  for (std::size_t i = 0; i < manifest.inputs.size(); ++i) {
    const spec::InputFile& then = manifest.inputs[i];
    const auto now = matching.take(i);
    if (!now) {
      faults.push_back(about(then.path, "was read by the run, and is not there or not read now"));
    } else if (study.inputs[*now].sha256 != then.sha256) {
      faults.push_back(
          about(study.inputs[*now].path, changed(then.sha256, study.inputs[*now].sha256)));
    }
  }
  for (const std::string& file : matching.left()) {
    faults.push_back(about(file, "is read now, and was not read by the run"));
  }
  return faults;
}

std::vector<Diagnostic> changed_outputs(const report::Manifest& manifest, const fs::path& folder) {
  std::vector<Diagnostic> faults;
  for (const std::string_view name : kReproduced) {
    const fs::path file = folder / name;
    const std::string then = report::hash_of(manifest, name);
    const auto now = sha256_of_file(file);
    if (now && *now != then) {
      faults.push_back(about(file.string(), changed(then, *now)));
    }
  }
  return faults;
}

}  // namespace kvsim::cli
