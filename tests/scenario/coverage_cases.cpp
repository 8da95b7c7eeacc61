#include "tests/scenario/coverage_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstdlib>

#include "library.hpp"
#include "recorder.hpp"
#include "sim/base/check.hpp"
#include "sim/base/rng.hpp"
#include "sim/base/statistics.hpp"
#include "sim/plan/latency_log.hpp"
#include "tests/scenario/queueing_servers.hpp"

namespace kvsim::test {
namespace {

using plan::Estimate;

constexpr double kConfidence = 0.95;
constexpr double kService = 200;  // ms, of queueing_servers

Duration milliseconds(double ms) { return to_duration(Seconds(ms / 1e3)); }

std::vector<std::int64_t> run_lengths() {
  return coverage_is_long() ? std::vector<std::int64_t>{4000, 16'000, 64'000}
                            : std::vector<std::int64_t>{4000, 16'000};
}

double exponential_percentile(double mean, double percent) {
  return -mean * std::log(1 - percent / 100);
}

// ---- sequences without a server -----------------------------------------------------------------

constexpr double kMemory = 0.9;

std::vector<double> independent(std::uint64_t seed, std::int64_t length) {
  const Rng rng = Rng::stream("independent", seed);
  std::vector<double> values;
  for (std::int64_t i = 0; i < length; ++i) {
    values.push_back(-100 * std::log(rng.uniform(static_cast<std::uint64_t>(i))));
  }
  return values;
}

std::vector<Estimate> mean_and_percentiles(std::vector<double> values,
                                           const std::vector<double>& percents) {
  const plan::DependentSample sample(std::move(values));
  std::vector<Estimate> estimates{sample.mean(kConfidence)};
  for (const double percent : percents) {
    estimates.push_back(sample.percentile(percent, kConfidence));
  }
  return estimates;
}

using Sequence = std::vector<double> (*)(std::uint64_t, std::int64_t);
CoverageCase sequence_case(std::string name, Sequence sequence, std::vector<Truth> truths) {
  return {std::move(name),
          std::move(truths),
          {1000, 4000, 16'000},
          4000,
          [sequence](std::uint64_t seed, std::int64_t length) {
            return mean_and_percentiles(sequence(seed, length), {50, 90, 99});
          }};
}

CoverageCase independent_case() {
  return sequence_case("independent, exponential", independent,
                       {{"mean", 100},
                        {"median", exponential_percentile(100, 50)},
                        {"p90", exponential_percentile(100, 90)},
                        {"p99", exponential_percentile(100, 99)}});
}

CoverageCase autoregression_case() {
  const boost::math::normal normal(100, 10);
  return sequence_case(fmt::format("AR(1), {}", kMemory), autoregression,
                       {{"mean", 100},
                        {"median", 100},
                        {"p90", boost::math::quantile(normal, 0.9)},
                        {"p99", boost::math::quantile(normal, 0.99)}});
}

// ---- servers ------------------------------------------------------------------------------------

// A trial of exactly so many requests: warm-up, last requests and all. Every limit of the slo.
std::vector<Estimate> intervals_of(spec::RunSpec run, const std::vector<spec::CardSpec>& cards,
                                   std::uint64_t seed, std::int64_t length) {
  run.seed = seed;
  std::vector<Estimate> estimates;
  for (const plan::LimitCheck& check :
       plan::try_run(run, cards, {kConfidence, 0, length, length}).limits) {
    estimates.push_back({check.value_ms, check.low_ms, check.high_ms});
  }
  return estimates;
}

CoverageCase server_case(std::string name, const QueueServer& server, std::int64_t holds_from,
                         std::vector<Truth> truths) {
  spec::RunSpec run = server.run;
  run.slo.e2el.emplace();
  run.slo.e2el->mean = run.slo.e2el->median = run.slo.e2el->p90 = run.slo.e2el->p99 =
      milliseconds(truths.front().value);
  return {std::move(name), std::move(truths), run_lengths(), holds_from,
          [run, cards = cards_of(server)](std::uint64_t seed, std::int64_t length) {
            return intervals_of(run, cards, seed, length);
          }};
}

// The stay in M/M/1 is exponential. Its mean is that of whole tokens.
double m_m_1_stay(const QueueServer& server) {
  return server.known.front().second.theory() + kService;
}

CoverageCase m_m_1_case(double load, std::int64_t holds_from) {
  const QueueServer server = m_m_1(load);
  const double mean = m_m_1_stay(server);
  return server_case(fmt::format("M/M/1 at {}", load), server, holds_from,
                     {{"mean stay", mean},
                      {"median stay", exponential_percentile(mean, 50)},
                      {"p90 stay", exponential_percentile(mean, 90)},
                      {"p99 stay", exponential_percentile(mean, 99)}});
}

CoverageCase m_d_1_case(double load) {
  const QueueServer server = m_d_1(load);
  return server_case(fmt::format("M/D/1 at {}", load), server, 4000,
                     {{"mean stay", server.known.front().second.theory() + kService},
                      {"median stay", kService * m_d_1_stay(load, 50)},
                      {"p90 stay", kService * m_d_1_stay(load, 90)},
                      {"p99 stay", kService * m_d_1_stay(load, 99)}});
}

// ---- a model ------------------------------------------------------------------------------------

// Llama-3.1-8B on an H100, lengths of Azure's conversations: 24.3 requests/s are the most it takes.
spec::RunSpec llama_run() {
  config::LoadOptions options;
  options.library = shipped_library();
  options.library.templates = options.library.configs.parent_path() / "reports" / "templates";
  const auto study =
      config::load_study(options.library.configs / "studies" / "burstiness.yaml", options);
  const auto poisson = std::find_if(study.runs.begin(), study.runs.end(),
                                    [](const auto& run) { return run.variant == "Poisson"; });
  KVSIM_CHECK(poisson != study.runs.end(), "the study has no Poisson arrivals");
  spec::RunSpec run = *poisson;
  run.workload.arrivals->request_rate = PerSecond(17);
  run.slo = {};
  return run;
}

const std::vector<spec::CardSpec>& llama_cards() {
  static const std::vector<spec::CardSpec> cards = config::load_cards(shipped_library());
  return cards;
}

struct LlamaTruth {
  double mean_ttft = 0, p90_ttft = 0, p99_ttft = 0, p99_tpot = 0;
};

// One long run with a seed of its own, its first 1 % left out: at least sixty times as many
// requests as in the shortest run that is judged by it.
const LlamaTruth& llama_truth() {
  static const LlamaTruth truth = [] {
    spec::RunSpec run = llama_run();
    const std::int64_t requests = coverage_is_long() ? 4'000'000 : 1'000'000;
    run.seed = 1'000'000;
    run.workload.num_requests = requests;
    plan::LatencyLog log(static_cast<std::size_t>(requests));
    static_cast<void>(cluster::simulate(run, llama_cards(), log));
    const std::vector<plan::LoggedRequest> logged = log.take();
    std::vector<double> ttft;
    std::vector<double> tpot;
    double sum = 0;
    for (std::size_t i = logged.size() / 100; i < logged.size(); ++i) {
      ttft.push_back(logged[i].ttft_ms);
      sum += logged[i].ttft_ms;
      if (logged[i].has_tpot) {
        tpot.push_back(logged[i].tpot_ms);
      }
    }
    std::sort(ttft.begin(), ttft.end());
    std::sort(tpot.begin(), tpot.end());
    return LlamaTruth{sum / static_cast<double>(ttft.size()), percentile(ttft, 90),
                      percentile(ttft, 99), percentile(tpot, 99)};
  }();
  return truth;
}

CoverageCase llama_case() {
  spec::RunSpec run = llama_run();
  run.slo.ttft.emplace();
  run.slo.tpot.emplace();
  run.slo.ttft->mean = run.slo.ttft->p90 = run.slo.ttft->p99 = run.slo.tpot->p99 =
      milliseconds(100);
  return {"Llama-3.1-8B at 70 %",
          {{"mean TTFT", llama_truth().mean_ttft},
           {"p90 TTFT", llama_truth().p90_ttft},
           {"p99 TTFT", llama_truth().p99_ttft},
           {"p99 TPOT", llama_truth().p99_tpot}},
          run_lengths(),
          4000,
          [run](std::uint64_t seed, std::int64_t length) {
            return intervals_of(run, llama_cards(), seed, length);
          }};
}

DecisionCase m_m_1_decision(double load, double percent,
                            std::optional<Duration> spec::LatencyLimit::*statistic) {
  const QueueServer server = m_m_1(load);
  return {fmt::format("M/M/1 at {}, p{:g} stay", load, percent), server.run, cards_of(server),
          milliseconds(exponential_percentile(m_m_1_stay(server), percent)),
          [statistic](spec::SloSpec& slo, Duration limit) {
            slo.e2el.emplace();
            (*slo.e2el).*statistic = limit;
          }};
}

}  // namespace

bool coverage_is_long() { return std::getenv("KVSIM_COVERAGE_LONG") != nullptr; }

// Begins with the distribution of all later values.
std::vector<double> autoregression(std::uint64_t seed, std::int64_t length) {
  const Rng rng = Rng::stream("autoregression", seed);
  const boost::math::normal normal;
  std::vector<double> values;
  double x = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const double drawn = boost::math::quantile(normal, rng.uniform(static_cast<std::uint64_t>(i)));
    x = i == 0 ? drawn : kMemory * x + std::sqrt(1 - kMemory * kMemory) * drawn;
    values.push_back(100 + 10 * x);
  }
  return values;
}

// P(wait <= x) = (1 - ρ)·Σ_{k <= x} (ρ(k - x))^k/k! · e^(-ρ(k - x)), x in services (Erlang 1909);
// its root by bisection.
double m_d_1_stay(double load, double percent) {
  const auto chance = [&](double x) {
    double sum = 0;
    double factorial = 1;
    for (int k = 0; k <= static_cast<int>(x); ++k) {
      factorial *= std::max(k, 1);
      const double y = load * (k - x);
      sum += std::pow(y, k) / factorial * std::exp(-y);
    }
    return (1 - load) * sum;
  };
  double low = 0;
  double high = 30;  // beyond, terms cancel each other's digits
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (chance(middle) < percent / 100 ? low : high) = middle;
  }
  return 1 + low;
}

const std::vector<CaseMaker>& coverage_cases() {
  static const std::vector<CaseMaker> makers = [] {
    std::vector<CaseMaker> all{independent_case,
                               autoregression_case,
                               [] { return m_m_1_case(0.5, 4000); },
                               [] { return m_m_1_case(0.8, 16'000); },
                               [] { return m_d_1_case(0.8); },
                               llama_case};
    if (coverage_is_long()) {
      all.insert(all.begin() + 4, [] { return m_m_1_case(0.9, 64'000); });
    }
    return all;
  }();
  return makers;
}

std::vector<DecisionCase> decision_cases() {
  return {m_m_1_decision(0.5, 99, &spec::LatencyLimit::p99),
          m_m_1_decision(0.8, 90, &spec::LatencyLimit::p90),
          {"Llama-3.1-8B at 70 %, p99 TTFT", llama_run(), llama_cards(),
           milliseconds(llama_truth().p99_ttft), [](spec::SloSpec& slo, Duration limit) {
             slo.ttft.emplace();
             slo.ttft->p99 = limit;
           }}};
}

}  // namespace kvsim::test
