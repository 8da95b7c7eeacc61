#include "sim/report/manifest_json.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <set>

#include "kvsim_version.hpp"
#include "sim/report/json_values.hpp"
#include "sim/report/resolved_spec.hpp"

namespace kvsim::report {
namespace {

template <class File>
Json files_json(const std::vector<File>& files) {
  Json json = Json::array();
  for (const File& file : files) {
    json.push_back({{"path", file.path}, {"sha256", file.sha256}});
  }
  return json;
}

Json study_json(const spec::StudySpec& study) {
  Json runs = Json::array();
  for (const spec::RunSpec& run : study.runs) {
    runs.push_back({{"id", run.id},
                    {"variant", run.variant},
                    {"seed", run.seed},
                    {"resolved", resolved_json(run)}});
  }
  return {{"name", study.name}, {"runs", std::move(runs)}};
}

// The whole card if the study has it under that name, else what the result says about it.
Json card_json(const spec::CardUse& use, const std::vector<spec::CardSpec>& cards) {
  const auto found = std::find_if(cards.begin(), cards.end(), [&](const spec::CardSpec& card) {
    return card.name == use.card;
  });
  if (found != cards.end()) {
    return resolved_json(*found);
  }
  return {{"name", use.card}, {"operator", use.op}, {"source", use.source}};
}

Json cards_json(const spec::StudySpec& study, const StudyResults& results) {
  Json json = Json::array();
  std::set<std::string> seen;
  for (const spec::RunResult& run : results.runs) {
    for (const spec::CardUse& use : run.cards) {
      if (use.time > Duration() && seen.insert(use.card).second) {
        json.push_back(card_json(use, study.cards));
      }
    }
  }
  return json;
}

Json rate(std::int64_t count, double seconds) {
  return seconds > 0 ? json_number(static_cast<double>(count) / seconds) : Json(nullptr);
}

Json speed_json(const ManifestInfo& info, const StudyResults& results) {
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  Json per_run = Json::object();
  for (const spec::RunResult& run : results.runs) {
    requests += run.metrics.completed;
    tokens += run.metrics.computed_tokens;
    if (run.replication) {
      requests += run.replication->completed;
      tokens += run.replication->computed_tokens;
    }
    per_run[run.spec.id] = json_number(run.wall_seconds);
  }
  return {{"setup_wall_s", json_number(info.setup_seconds)},
          {"simulation_wall_s", json_number(info.simulation_seconds)},
          {"simulation_wall_s_by_run", std::move(per_run)},
          {"requests_per_s", rate(requests, info.simulation_seconds)},
          {"tokens_per_s", rate(tokens, info.simulation_seconds)},
          {"peak_rss_bytes", info.peak_rss.value()}};
}

}  // namespace

std::string manifest_json(const ManifestInfo& info, const spec::StudySpec& study,
                          const StudyResults& results) {
  Json json = Json::object();
  json["kvsim_version"] = KVSIM_VERSION;
  json["git_sha"] = KVSIM_GIT_SHA;
  json["command"] = info.command;
  json["argv"] = info.argv;
  json["study_path"] = info.study_path;
  json["sets"] = info.sets;
  json["skip_bad_lines"] = info.skip_bad_lines;
  json["seed"] = info.seed;
  json["replicates"] = info.replicates;
  json["confidence"] = json_number(info.confidence);
  json["stepper"] = info.stepper;
  json["inputs"] = files_json(study.inputs);
  json["outputs"] = files_json(info.outputs);
  json["study"] = study_json(study);
  json["cards"] = cards_json(study, results);
  json["speed"] = speed_json(info, results);
  return json_text(json);
}

Bytes peak_rss() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Bytes(static_cast<std::int64_t>(usage.ru_maxrss) *
               1024);  // Linux counts KiB: getrusage(2)
}

}  // namespace kvsim::report
