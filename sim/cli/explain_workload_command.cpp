// kvsim explain workload: what a trace, or the workload of a study, is like.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/config/config.hpp"
#include "sim/workload/summary.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;
using workload::WorkloadSummary;

// A workload and the runs of the study that have it.
struct Explained {
  std::vector<std::string> runs;  ///< empty: a trace by itself
  spec::WorkloadSpec spec;
  WorkloadSummary summary;
  Json json;
};

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json lengths_json(const workload::LengthSummary& lengths) {
  return {{"mean", lengths.mean}, {"p50", lengths.p50}, {"p90", lengths.p90},
          {"p95", lengths.p95},   {"p99", lengths.p99}, {"max", lengths.max}};
}

Json arrivals_json(const WorkloadSummary& summary) {
  if (!summary.arrivals) {
    return nullptr;
  }
  const workload::ArrivalSummary& arrivals = *summary.arrivals;
  return {{"first_s", to_seconds(arrivals.first.since_start()).value()},
          {"last_s", to_seconds(arrivals.last.since_start()).value()},
          {"span_s", to_seconds(arrivals.last - arrivals.first).value()},
          {"mean_rate", number(arrivals.mean_rate)},
          {"gap_cv", number(arrivals.gap_cv)},
          {"zero_gap_share", number(arrivals.zero_gap_share)}};
}

Json blocks_json(const WorkloadSummary& summary) {
  if (!summary.blocks) {
    return nullptr;
  }
  return {{"requests_with_ids", summary.blocks->requests},
          {"blocks", summary.blocks->blocks},
          {"distinct_blocks", summary.blocks->distinct},
          {"ideal_hit_rate", summary.blocks->ideal_hit_rate}};
}

Json prefixes_json(const WorkloadSummary& summary) {
  if (!summary.prefixes) {
    return nullptr;
  }
  return {{"requests_with_content", summary.prefixes->requests},
          {"prompt_tokens", summary.prefixes->prompt_tokens},
          {"hit_tokens", summary.prefixes->hit_tokens},
          {"ideal_hit_rate", summary.prefixes->ideal_hit_rate}};
}

Json summary_json(const spec::WorkloadSpec& spec, const WorkloadSummary& summary) {
  Json json;
  json["trace"] = spec.trace ? Json(*spec.trace) : Json(nullptr);
  json["format"] =
      spec.trace ? Json(spec::name_of(spec.format, spec::kTraceFormatNames)) : Json(nullptr);
  json["requests"] = summary.requests;
  json["failed_requests"] = summary.failed_requests;
  json["skipped_lines"] = summary.skipped_lines;
  json["arrivals"] = arrivals_json(summary);
  json["prompt_tokens"] = lengths_json(summary.prompt);
  json["output_tokens"] = lengths_json(summary.output);
  json["blocks"] = blocks_json(summary);
  json["prefixes"] = prefixes_json(summary);
  return json;
}

Explained explain(const spec::WorkloadSpec& spec, std::uint64_t seed) {
  Explained explained{
      .runs = {}, .spec = spec, .summary = workload::summarise(spec, seed), .json = {}};
  explained.json = summary_json(spec, explained.summary);
  return explained;
}

spec::TraceFormat format_of(const ExplainOptions& options) {
  const auto& names = spec::kTraceFormatNames;
  const auto chosen = std::find(names.begin(), names.end(), options.format_of);
  return chosen == names.end() ? workload::detect_format(options.file)
                               : static_cast<spec::TraceFormat>(chosen - names.begin());
}

// The file by itself. A trace of lengths has no times, so its requests wait for each other.
Explained explain_trace(const ExplainOptions& options) {
  spec::WorkloadSpec spec;
  spec.trace = options.file;
  spec.skip_bad_lines = options.skip_bad_lines;
  spec.hash_block_size = options.hash_block_size;
  spec.format = format_of(options);
  if (spec.format == spec::TraceFormat::Lengths) {
    spec.closed_loop = spec::ClosedLoopSpec{.max_concurrency = 1};
  }
  return explain(spec, options.seed);
}

// Variants that differ in their model only have one workload between them.
std::vector<Explained> explain_study(const ExplainOptions& options) {
  std::vector<std::string> sets = options.sets;
  if (options.skip_bad_lines) {
    sets.emplace_back("workload.skip_bad_lines=true");
  }
  if (options.hash_block_size) {
    sets.push_back(fmt::format("workload.hash_block_size={}", *options.hash_block_size));
  }
  const spec::StudySpec study = config::load_study(options.file, {library(), sets, options.seed});
  fmt::print(stderr, "{}", study.warnings.empty() ? "" : render(study.warnings));
  std::vector<Explained> all;
  for (const spec::RunSpec& run : study.runs) {
    Explained one = explain(run.workload, run.seed);
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const Explained& other) { return other.json == one.json; });
    Explained& same = known == all.end() ? all.emplace_back(std::move(one)) : *known;
    same.runs.push_back(run.id);
  }
  return all;
}

std::vector<std::string> lengths_row(std::string name, const workload::LengthSummary& lengths) {
  return {std::move(name),
          fmt::format("{:.1f}", lengths.mean),
          fmt::format("{:.6g}", lengths.p50),
          fmt::format("{:.6g}", lengths.p90),
          fmt::format("{:.6g}", lengths.p95),
          fmt::format("{:.6g}", lengths.p99),
          fmt::format("{}", lengths.max)};
}

void print_arrivals(const Explained& explained) {
  if (!explained.summary.arrivals) {
    fmt::print("  arrivals   {}\n",
               explained.spec.format == spec::TraceFormat::Lengths && explained.runs.empty()
                   ? "none: a trace of lengths, to be used with arrivals: or closed_loop:"
                   : "after answers (closed loop)");
    return;
  }
  const workload::ArrivalSummary& arrivals = *explained.summary.arrivals;
  fmt::print("  arrivals   {} s from the first to the last",
             format_seconds(arrivals.last - arrivals.first, 3));
  if (arrivals.mean_rate) {
    fmt::print(", {:.4g} requests/s", *arrivals.mean_rate);
  }
  fmt::print("\n");
  if (arrivals.gap_cv) {
    fmt::print(
        "  burstiness gaps vary by {:.3g} times their mean (Poisson: 1); {:.1f} % are zero\n",
        *arrivals.gap_cv, 100 * *arrivals.zero_gap_share);
  }
}

void print_prefixes(const WorkloadSummary& summary) {
  if (!summary.prefixes) {
    return;
  }
  if (summary.blocks) {
    fmt::print("  prefixes   {:.1f} % of {} blocks came before: the hits of an unbounded cache\n",
               100 * summary.blocks->ideal_hit_rate, format_grouped(summary.blocks->blocks));
  }
  fmt::print("  {:10} {:.1f} % of {} prompt tokens {}\n", summary.blocks ? "" : "prefixes",
             100 * summary.prefixes->ideal_hit_rate,
             format_grouped(summary.prefixes->prompt_tokens),
             summary.blocks ? "from the begin of a prompt to its first new block"
                            : "came before: the hits of an unbounded cache");
}

void print_notes(const WorkloadSummary& summary) {
  if (summary.failed_requests > 0) {
    fmt::print("  note       {} failed requests (0 output tokens) were left out\n",
               format_grouped(summary.failed_requests));
  }
  if (summary.skipped_lines > 0) {
    fmt::print("  note       {} malformed lines were skipped\n",
               format_grouped(summary.skipped_lines));
  }
}

void print_summary(const Explained& explained, const std::string& file) {
  const WorkloadSummary& summary = explained.summary;
  const std::string format(spec::name_of(explained.spec.format, spec::kTraceFormatNames));
  const std::string what = explained.runs.empty()
                               ? fmt::format("{} (format {})", file, format)
                               : fmt::format("{}", fmt::join(explained.runs, ", "));
  fmt::print("{}: {} requests\n", what, format_grouped(summary.requests));
  print_arrivals(explained);
  print_prefixes(summary);
  print_notes(summary);
  fmt::print("{}", text_table({"tokens", "mean", "p50", "p90", "p95", "p99", "max"},
                              {lengths_row("prompt", summary.prompt),
                               lengths_row("output", summary.output)}));
}

// Of a trace one object, of a study a list: its runs may have different workloads.
void print_json(const std::vector<Explained>& all) {
  if (all.front().runs.empty()) {
    fmt::print("{}\n", all.front().json.dump(2));
    return;
  }
  Json list = Json::array();
  for (const Explained& one : all) {
    Json json;
    json["runs"] = one.runs;
    json.update(one.json);
    list.push_back(std::move(json));
  }
  fmt::print("{}\n", Json{{"workloads", std::move(list)}}.dump(2));
}

bool is_study(const std::string& file) {
  const std::string extension = std::filesystem::path(file).extension().string();
  return extension == ".yaml" || extension == ".yml";
}

void refuse_flags_of_traces(const ExplainOptions& options) {
  if (!options.sets.empty() && !is_study(options.file)) {
    refuse_input({"--set"}, "a trace by itself has no keys to override",
                 {"name a study instead, with workload.trace in it"});
  }
}

}  // namespace

int explain_workload(const ExplainOptions& options) {
  refuse_flags_of_traces(options);
  const std::vector<Explained> all =
      is_study(options.file) ? explain_study(options) : std::vector{explain_trace(options)};
  if (options.format == "json") {
    print_json(all);
    return kOk;
  }
  for (const Explained& one : all) {
    print_summary(one, options.file);
  }
  return kOk;
}

}  // namespace kvsim::cli
