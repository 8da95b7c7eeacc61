// manifest.json read back: what it takes to run a study again, and what must come out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/manifest_json.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::report {

struct Manifest {
  std::string kvsim_version, git_sha;
  std::string study_path;  ///< as it was typed
  std::vector<std::string> sets;
  bool skip_bad_lines = false;
  std::uint64_t seed = 0;
  std::int64_t replicates = 0;
  double confidence = 0;
  std::string stepper;
  std::vector<spec::InputFile> inputs;  ///< the study first
  std::vector<OutputFile> outputs;
};

/// `name` is the path, for messages. Throws ConfigError: no manifest, or one of a kvsim that did
/// not write down enough.
[[nodiscard]] Manifest read_manifest(const std::string& name, const std::string& json);

/// The hash of an output; empty when it was not written.
[[nodiscard]] std::string hash_of(const Manifest& manifest, std::string_view output);

}  // namespace kvsim::report
