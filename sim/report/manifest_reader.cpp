#include "sim/report/manifest_reader.hpp"

#include <fmt/format.h>

#include "sim/base/diagnostic.hpp"
#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

constexpr std::int64_t kMostReplicates = 1'000'000;  // as --replicates

[[noreturn]] void refuse_as_no_manifest(const std::string& name, const std::string& what) {
  refuse_input({name}, fmt::format("is no manifest of kvsim run: {}", what),
               {"give a folder that kvsim run --out wrote"});
}

template <class File>
std::vector<File> files_of(const Json& json) {
  std::vector<File> files;
  for (const Json& each : json) {
    files.push_back({each.at("path").get<std::string>(), each.at("sha256").get<std::string>()});
  }
  return files;
}

// Every key by at(): what is missing or of another type throws.
Manifest fields_of(const Json& json) {
  Manifest manifest;
  manifest.kvsim_version = json.at("kvsim_version").get<std::string>();
  manifest.git_sha = json.at("git_sha").get<std::string>();
  manifest.study_path = json.at("study_path").get<std::string>();
  manifest.sets = json.at("sets").get<std::vector<std::string>>();
  manifest.skip_bad_lines = json.at("skip_bad_lines").get<bool>();
  manifest.seed = json.at("seed").get<std::uint64_t>();
  manifest.replicates = json.at("replicates").get<std::int64_t>();
  manifest.confidence = json.at("confidence").get<double>();
  manifest.stepper = json.at("stepper").get<std::string>();
  manifest.inputs = files_of<spec::InputFile>(json.at("inputs"));
  manifest.outputs = files_of<OutputFile>(json.at("outputs"));
  return manifest;
}

void check_values(const Json& json, const Manifest& manifest, const std::string& name) {
  const bool fine = json.at("seed").is_number_unsigned() && manifest.replicates >= 0 &&
                    manifest.replicates <= kMostReplicates && manifest.confidence >= 0.5 &&
                    manifest.confidence <= 0.999 && !manifest.inputs.empty() &&
                    (manifest.stepper == "macro" || manifest.stepper == "step");
  if (!fine) {
    refuse_as_no_manifest(name,
                          "seed, replicates, confidence, stepper or inputs are none that kvsim "
                          "run writes");
  }
}

}  // namespace

Manifest read_manifest(const std::string& name, const std::string& text) {
  try {
    const Json json = Json::parse(text);
    if (json.is_object() && json.contains("kvsim_version") && !json.contains("outputs")) {
      refuse_input(
          {name},
          fmt::format("was written by kvsim {}, which did not write down yet what a rerun takes",
                      json["kvsim_version"].dump()),
          {"run the study again: its manifest then holds flags and outputs"});
    }
    if (json.is_object() && json.value("command", "run") != "run") {
      refuse_input({name},
                   fmt::format("was written by kvsim {}, and kvsim rerun repeats runs",
                               json["command"].get<std::string>()),
                   {"repeat its command, which stands under argv"});
    }
    const Manifest manifest = fields_of(json);
    check_values(json, manifest, name);
    return manifest;
  } catch (const Json::exception& error) {
    refuse_as_no_manifest(name, error.what());
  }
}

std::string hash_of(const Manifest& manifest, std::string_view output) {
  for (const OutputFile& file : manifest.outputs) {
    if (file.path == output) {
      return file.sha256;
    }
  }
  return {};
}

}  // namespace kvsim::report
