#include "sim/config/unsupported.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace kvsim::config {
namespace {

struct UnsupportedWord {
  std::string_view path;
  std::string_view word;
  std::string_view instead;
};

// Routers of vLLM's production stack, SGLang, llm-d and Dynamo; traces of DESIGN.md section 4.
constexpr std::array kUnsupportedWords = {
    UnsupportedWord{"cluster.router", "cache_aware",
                    "prefix_aware, which decides as SGLang's cache_aware does"},
    UnsupportedWord{"cluster.router", "kv_aware", "prefix_aware, least_kv or least_outstanding"},
    UnsupportedWord{"workload.format", "sharegpt",
                    "lengths, after counting the tokens of its conversations"},
    UnsupportedWord{"workload.format", "weka", "azure, burstgpt, csv, lengths or mooncake"},
    UnsupportedWord{"workload.format", "servegen", "azure, burstgpt, csv, lengths or mooncake"},
};

struct ParallelSize {
  std::string_view key;
  std::int64_t value;
  std::string_view what;
};

// The place of a setting: its value, or the map it should be in when a default is to blame.
Place place_of(const Node& tree, std::string_view path) {
  const Entry* entry = find_path(tree, path);
  return entry == nullptr ? whole_source(tree.place.source) : entry->value.place;
}

void refuse_parallelism(const spec::EngineSpec& engine, const Node& tree, Faults& faults) {
  const std::array sizes = {
      ParallelSize{"pipeline_parallel_size", engine.pipeline_parallel_size, "pipeline stages"},
      ParallelSize{"data_parallel_size", engine.data_parallel_size, "data-parallel ranks"},
      ParallelSize{"decode_context_parallel_size", engine.decode_context_parallel_size,
                   "ranks that share one context"},
  };
  for (const ParallelSize& size : sizes) {
    const std::string path = fmt::format("engine.{}", size.key);
    if (size.value > 1) {
      faults.error(
          place_of(tree, path),
          fmt::format("{} cannot be simulated yet: {} = {}", size.what, size.key, size.value), path,
          {fmt::format("leave {} at 1", size.key)});
    }
  }
}

// vLLM V1 has both arguments and starts with neither changed ("Concurrent Partial Prefill is not
// supported", arg_utils.py; both are gone since 0.27).
void refuse_partial_prefills(const spec::EngineSpec& engine, const Node& tree, Faults& faults) {
  const std::array limits = {
      std::pair{"max_num_partial_prefills", engine.max_num_partial_prefills},
      std::pair{"max_long_partial_prefills", engine.max_long_partial_prefills},
  };
  for (const auto& [key, value] : limits) {
    const std::string path = fmt::format("engine.{}", key);
    if (value > 1) {
      faults.error(place_of(tree, path),
                   fmt::format("vLLM V1 does not start with {} = {}", key, value), path,
                   {fmt::format("leave {} at 1; long_prefill_token_threshold limits the chunk of "
                                "one prompt",
                                key)});
    }
  }
}

// Both may be on purpose: variants that differ in the policy share a workload.
void note_idle_priorities(const spec::RunSpec& run, const Node& tree, Faults& faults) {
  const bool by_priority = run.engine.scheduling_policy == spec::SchedulingPolicy::Priority;
  if (run.workload.priorities && !by_priority) {
    faults.note(place_of(tree, "workload.priorities"),
                "priorities are of no effect with scheduling_policy: fcfs", "workload.priorities");
  }
  if (by_priority && !run.workload.priorities && !run.workload.trace) {
    faults.note(place_of(tree, "engine.scheduling_policy"),
                "scheduling_policy: priority, but every request has priority 0: give "
                "workload.priorities",
                "engine.scheduling_policy");
  }
}

// On purpose too: variants that differ in the router share the rest.
void note_idle_prefixes(const spec::RunSpec& run, const Node& tree, Faults& faults) {
  const spec::ClusterSpec& cluster = run.cluster;
  const spec::WorkloadSpec& workload = run.workload;
  const bool may_share = workload.shared_prefix || workload.conversation || workload.trace;
  if (cluster.router == spec::Router::PrefixAware && !may_share) {
    faults.note(place_of(tree, "cluster.router"),
                "router: prefix_aware, but no requests have a beginning in common: all go to the "
                "replica with the fewest outstanding requests",
                "cluster.router");
  } else if (cluster.router == spec::Router::PrefixAware && !run.engine.enable_prefix_caching) {
    faults.note(place_of(tree, "cluster.router"),
                "router: prefix_aware, but replicas keep no prefixes: enable_prefix_caching is "
                "false",
                "cluster.router");
  }
  for (const std::string_view key :
       {"prefix_match_threshold", "balance_abs_threshold", "balance_rel_threshold"}) {
    const std::string path = fmt::format("cluster.{}", key);
    if (cluster.router != spec::Router::PrefixAware && find_path(tree, path) != nullptr) {
      faults.note(place_of(tree, path),
                  fmt::format("{} is of no effect unless router: prefix_aware", key), path);
    }
  }
}

void note_idle_routing(const spec::RunSpec& run, const Node& tree, Faults& faults) {
  const spec::ClusterSpec& cluster = run.cluster;
  if (cluster.router == spec::Router::Session && !run.workload.conversation) {
    faults.note(place_of(tree, "cluster.router"),
                "router: session, but no request belongs to a conversation: all go to the replica "
                "with the fewest outstanding requests",
                "cluster.router");
  }
  if (cluster.view_interval > Duration() && cluster.router != spec::Router::LeastKv) {
    faults.note(place_of(tree, "cluster.view_interval"),
                "view_interval is of no effect unless router: least_kv", "cluster.view_interval");
  }
}

}  // namespace

void refuse_unsupported_words(const Node& tree, Faults& faults) {
  for (const UnsupportedWord& word : kUnsupportedWords) {
    const Entry* entry = find_path(tree, word.path);
    if (entry != nullptr && entry->value.kind == NodeKind::Scalar &&
        entry->value.text == word.word) {
      faults.error(entry->value.place, fmt::format("'{}' cannot be simulated yet", word.word),
                   std::string(word.path), {fmt::format("use {}", word.instead)});
    }
  }
}

void refuse_unsupported_settings(const spec::RunSpec& run, const Node& tree, Faults& faults) {
  refuse_parallelism(run.engine, tree, faults);
  refuse_partial_prefills(run.engine, tree, faults);
  note_idle_priorities(run, tree, faults);
  note_idle_prefixes(run, tree, faults);
  note_idle_routing(run, tree, faults);
}

}  // namespace kvsim::config
