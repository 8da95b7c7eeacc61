#include "sim/report/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"

namespace kvsim::report {
namespace {

using Runs = std::vector<spec::RunResult>;

// The last one wins: a sweep overrides what its variant says.
std::string override_value(const spec::RunSpec& run, const std::string& key) {
  std::string value;
  for (const auto& [k, v] : run.overrides) {
    value = k == key ? v : value;
  }
  return value;
}

bool varies_within(const Runs& runs, const std::string& variant, const std::string& key) {
  std::set<std::string> values;
  for (const spec::RunResult& run : runs) {
    if (run.spec.variant == variant) {
      values.insert(override_value(run.spec, key));
    }
  }
  return values.size() > 1;
}

std::string setting(const std::string& key, const std::string& value) {
  const std::string word = key.substr(key.rfind('.') + 1);  // npos + 1 is 0: the whole key
  return word == "request_rate" ? value : fmt::format("{}={}", word, value);
}

std::string label(const Runs& runs, const spec::RunSpec& run, bool one_variant) {
  std::vector<std::string> words;
  if (!one_variant) {
    words.push_back(run.variant);
  }
  std::set<std::string> seen;
  for (const auto& [key, value] : run.overrides) {
    if (seen.insert(key).second && varies_within(runs, run.variant, key)) {
      words.push_back(setting(key, override_value(run, key)));
    }
  }
  return words.empty() ? run.variant : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::vector<std::string> variant_names(const Runs& runs) {
  std::vector<std::string> names;
  for (const spec::RunResult& run : runs) {
    if (std::find(names.begin(), names.end(), run.spec.variant) == names.end()) {
      names.push_back(run.spec.variant);
    }
  }
  return names;
}

std::vector<std::string> run_labels(const Runs& runs) {
  const bool one_variant = variant_names(runs).size() == 1;
  std::vector<std::string> labels;
  for (const spec::RunResult& run : runs) {
    labels.push_back(label(runs, run.spec, one_variant));
  }
  if (std::set(labels.begin(), labels.end()).size() != runs.size()) {
    std::transform(runs.begin(), runs.end(), labels.begin(),
                   [](const spec::RunResult& run) { return run.spec.id; });
  }
  return labels;
}

std::optional<Load> load_of(const spec::RunSpec& run) {
  const spec::WorkloadSpec& workload = run.workload;
  if (workload.closed_loop) {
    return Load{static_cast<double>(workload.closed_loop->max_concurrency), true};
  }
  if (workload.arrivals && workload.arrivals->process != spec::ArrivalProcess::AllAtOnce) {
    return Load{workload.arrivals->request_rate.value(), false, workload.conversation.has_value()};
  }
  if (workload.request_rate) {
    return Load{workload.request_rate->value(), false};
  }
  return std::nullopt;
}

std::string load_unit(const Load& load, bool one) {
  return fmt::format("{}{}{}",
                     load.clients         ? "client"
                     : load.conversations ? "conversation"
                                          : "request",
                     one ? "" : "s", load.clients ? "" : "/s");
}

std::string load_text(const Load& load) {
  return fmt::format("{:.6g} {}", load.value, load_unit(load, load.value == 1));
}

namespace {

// "2 × h200-sxm and 8 × h100-sxm (6 replicas in 2 pools)"
std::string gpus_of_pools_text(const spec::RunSpec& run) {
  std::vector<std::string> kinds;
  for (const spec::RunSpec& pool : spec::by_pool(run)) {
    kinds.push_back(fmt::format("{} × {}", spec::num_gpus(pool), pool.cluster.gpu.name));
  }
  return fmt::format("{} ({} replicas in {} pools)", join_words(kinds), run.cluster.replicas,
                     kinds.size());
}

}  // namespace

std::string gpus_text(const spec::RunSpec& run) {
  if (!run.pools.empty()) {
    return gpus_of_pools_text(run);
  }
  std::string text = fmt::format("{} × {}", spec::num_gpus(run), run.cluster.gpu.name);
  if (run.cluster.replicas > 1) {
    text +=
        fmt::format(" ({} replicas of {})", run.cluster.replicas, run.engine.tensor_parallel_size);
  }
  return text;
}

std::string join_words(const std::vector<std::string>& words) {
  if (words.size() < 2) {
    return words.empty() ? std::string() : words.front();
  }
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

}  // namespace kvsim::report
