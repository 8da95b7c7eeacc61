// What runs and waits, and what HBM is spent on, over simulated time.
#include <algorithm>
#include <array>

#include "sim/report/chart_parts.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

using spec::KvSample;
using spec::RunResult;

constexpr std::size_t kMostRuns = 8;       // lines that can be told apart
constexpr std::size_t kMostSamples = 128;  // of each, in the page

// Two kinds of lines of one chart: the second one is dashed.
using Parts = std::array<const char*, 2>;

// All, or of each variant the run with the highest load.
std::vector<std::size_t> shown_runs(const Subject& subject) {
  const auto& runs = subject.results.runs;
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto load = load_of(runs[i].spec);
    const bool beaten = std::any_of(runs.begin(), runs.end(), [&](const RunResult& other) {
      const auto more = load_of(other.spec);
      return other.spec.variant == runs[i].spec.variant && load && more &&
             more->value > load->value;
    });
    if (runs.size() <= kMostRuns || !beaten) {
      shown.push_back(i);
    }
  }
  shown.resize(std::min(shown.size(), kMostRuns));
  return shown;
}

// Calls add(seconds, sample) for at most kMostSamples samples of a run, the last one included.
template <class Add>
void for_samples(const RunResult& run, const Add& add) {
  const std::vector<KvSample>& samples = run.kv_series.samples;
  const double interval = to_seconds(run.kv_series.interval).value();
  const std::size_t stride = (samples.size() + kMostSamples - 1) / kMostSamples;
  for (std::size_t k = stride - 1; k < samples.size(); k += stride) {
    add(interval * static_cast<double>(k + 1), samples[k]);
  }
}

class StepLines {
 public:
  explicit StepLines(const Subject& subject) : subject_(subject) {}

  void add(std::size_t run, const char* part, double time, double value) {
    rows_.push_back({{"run", subject_.labels[run]},
                     {"variant", subject_.results.runs[run].spec.variant},
                     {"part", part},
                     {"time", json_number(time)},
                     {"value", json_number(value)}});
  }

  [[nodiscard]] std::optional<Chart> chart_of(std::string title, std::string hint, Json y,
                                              const Parts& parts) {
    if (rows_.empty()) {
      return std::nullopt;
    }
    Json colours = colour_of_variant(subject_);
    if (!colours["legend"].is_null()) {
      colours["legend"]["columns"] = 3;  // fits half a page
    }
    Json dashes = names("part");
    dashes["scale"] = {{"domain", parts}, {"range", Json::parse("[[1,0],[4,3]]")}};
    dashes["legend"] = nullptr;  // the hint says it
    Json x = quantity("time", "simulated time (s)");
    x["axis"] = {{"tickCount", 4}, {"labelOverlap", "greedy"}, {"labelSeparation", 6}};
    const Json tips =
        tooltip({{"run", "run"}, {"time", "s"}, {"part", "part"}, {"value", "value"}});
    Json spec = mark({{"type", "line"}, {"interpolate", "step-before"}, {"strokeWidth", 1.5}},
                     {{"x", std::move(x)},
                      {"y", std::move(y)},
                      {"color", std::move(colours)},
                      {"detail", {{"field", "run"}, {"type", "nominal"}}},
                      {"strokeDash", std::move(dashes)},
                      {"tooltip", tips}});
    spec["height"] = kChartHeight;
    return chart(std::move(title), std::move(hint), std::move(spec), std::move(rows_), true);
  }

 private:
  const Subject& subject_;
  Json rows_ = Json::array();
};

}  // namespace

std::optional<Chart> kv_over_time_chart(const Subject& subject) {
  constexpr Parts kParts = {"running requests", "and kept prefixes"};
  StepLines lines(subject);
  bool any_kept = false;
  for (const std::size_t i : shown_runs(subject)) {
    const RunResult& run = subject.results.runs[i];
    const auto pool = static_cast<double>(usable_blocks(run));
    any_kept = any_kept || run.prefix_curve.has_value();
    for_samples(run, [&](double time, const KvSample& sample) {
      lines.add(i, kParts[0], time, static_cast<double>(sample.used) / pool);
      if (run.prefix_curve) {
        lines.add(i, kParts[1], time, static_cast<double>(sample.used + sample.kept) / pool);
      }
    });
  }
  Json y = percentage("value", "of the KV cache");
  y["scale"] = {{"domain", {0, 1}}};
  return lines.chart_of("What the KV cache holds over time",
                        any_kept ? "Solid: blocks of running requests. Dashed: with those that "
                                   "nobody uses but somebody may find again."
                                 : "Blocks of running requests.",
                        std::move(y), kParts);
}

std::optional<Chart> load_over_time_chart(const Subject& subject) {
  constexpr Parts kParts = {"running", "waiting"};
  StepLines lines(subject);
  for (const std::size_t i : shown_runs(subject)) {
    for_samples(subject.results.runs[i], [&](double time, const KvSample& sample) {
      lines.add(i, kParts[0], time, static_cast<double>(sample.running));
      lines.add(i, kParts[1], time, static_cast<double>(sample.waiting));
    });
  }
  return lines.chart_of("Running and waiting requests over time",
                        "Solid: running. Dashed: waiting. A dashed line that climbs as long as "
                        "requests arrive is an overload.",
                        quantity("value", "requests, all replicas"), kParts);
}

std::optional<Chart> preemptions_over_time_chart(const Subject& subject) {
  constexpr Parts kParts = {"preemptions", ""};
  const auto& runs = subject.results.runs;
  const bool any = std::any_of(runs.begin(), runs.end(), [](const RunResult& run) {
    return run.metrics.num_preemptions > 0;
  });
  if (!any) {
    return std::nullopt;
  }
  StepLines lines(subject);
  for (const std::size_t i : shown_runs(subject)) {
    for_samples(runs[i], [&](double time, const KvSample& sample) {
      lines.add(i, kParts[0], time, static_cast<double>(sample.preemptions));
    });
  }
  return lines.chart_of("Preemptions over time", "All so far; flat is better.",
                        quantity("value", "preemptions"), kParts);
}

}  // namespace kvsim::report
