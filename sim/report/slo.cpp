#include "sim/report/slo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace kvsim::report {
namespace {

class Checks {
 public:
  explicit Checks(bool anything_finished) : anything_finished_(anything_finished) {}

  void add(std::string_view metric, const std::optional<spec::LatencyLimit>& limit,
           const spec::LatencySummary& summary) {
    if (limit) {
      add(metric, "mean", limit->mean, summary.mean);
      add(metric, "median", limit->median, summary.median);
      add(metric, "p90", limit->p90, summary.p90);
      add(metric, "p95", limit->p95, summary.p95);
      add(metric, "p99", limit->p99, summary.p99);
    }
  }
  [[nodiscard]] std::vector<LimitCheck> take() { return std::move(checks_); }

 private:
  void add(std::string_view metric, std::string_view statistic,
           const std::optional<Duration>& limit, double value_ms) {
    if (limit) {
      const double limit_ms = to_milliseconds(*limit);
      checks_.push_back(
          {metric, statistic, limit_ms, value_ms, anything_finished_ && value_ms <= limit_ms});
    }
  }

  bool anything_finished_;
  std::vector<LimitCheck> checks_;
};

}  // namespace

std::vector<LimitCheck> check_limits(const spec::RunResult& run) {
  Checks checks(run.metrics.completed > 0);
  checks.add("ttft", run.spec.slo.ttft, run.metrics.ttft);
  checks.add("tpot", run.spec.slo.tpot, run.metrics.tpot);
  checks.add("e2el", run.spec.slo.e2el, run.metrics.e2el);
  return checks.take();
}

bool all_limits_met(const std::vector<spec::RunResult>& runs) {
  return std::all_of(runs.begin(), runs.end(), [](const spec::RunResult& run) {
    const auto checks = check_limits(run);
    return std::all_of(checks.begin(), checks.end(), [](const LimitCheck& c) { return c.met; });
  });
}

std::string limit_name(const LimitCheck& check) {
  std::string metric(check.metric);
  for (char& c : metric) {
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return fmt::format("{} {}", check.statistic, metric);
}

}  // namespace kvsim::report
