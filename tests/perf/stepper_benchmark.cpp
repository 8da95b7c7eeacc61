// Requests simulated per second of processor time, on one core, with either stepper.
//
// Llama-3.1-8B in bf16 on one H100, vLLM V1's rules, max_num_seqs 256; prompts lognormal with mean
// 512 and p99 2048, outputs with mean 244 and p99 1000; Poisson arrivals. The storm is the same in
// a pool of 1200 blocks. Metrics are gathered; requests.csv is written where the name says so. The
// peak of the process's memory means something when its case runs alone. Times depend on the
// machine, so nothing is asserted; see `./dev bench` and reports/decisions/0009.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <filesystem>

#include "library.hpp"
#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/report/requests_csv.hpp"

namespace kvsim {
namespace {

spec::LengthSpec lognormal(double mean, double p99) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Lognormal;
  length.lognormal.mean = mean;
  length.lognormal.p99 = p99;
  return length;
}

spec::RunSpec llama_run(double rate, std::int64_t requests) {
  spec::RunSpec run = test::tiny_run(requests, 1, 1);
  run.model = test::llama_8b();
  run.engine.max_num_seqs = 256;
  run.engine.max_model_len = 16'384;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(rate), 1};
  run.workload.lengths =
      spec::LengthsSpec{lognormal(512, 2048), lognormal(244, 1000), std::nullopt};
  return run;
}

void simulate(benchmark::State& state, const spec::RunSpec& run, engine::Stepper stepper,
              cluster::Observer& observer) {
  const std::vector<spec::CardSpec> cards = config::load_cards(test::shipped_library());
  spec::RunMetrics metrics;
  for (auto _ : state) {
    metrics = cluster::simulate(run, cards, observer, stepper).metrics;
  }
  const auto runs = static_cast<double>(state.iterations());
  const auto rate = [&](std::int64_t count) {
    return benchmark::Counter(static_cast<double>(count) * runs, benchmark::Counter::kIsRate);
  };
  state.counters["requests"] = rate(metrics.completed);
  state.counters["tokens"] = rate(metrics.total_output_tokens);
  state.counters["steps"] = rate(metrics.num_steps);
  state.counters["preemptions"] = static_cast<double>(metrics.num_preemptions);
}

void simulate(benchmark::State& state, const spec::RunSpec& run, engine::Stepper stepper) {
  cluster::Observer observer;
  simulate(state, run, stepper, observer);
}

template <engine::Stepper stepper>
void poisson(benchmark::State& state) {
  constexpr std::int64_t kRequests = stepper == engine::Stepper::Macro ? 1'000'000 : 20'000;
  simulate(state, llama_run(static_cast<double>(state.range(0)), kRequests), stepper);
}

template <engine::Stepper stepper>
void storm(benchmark::State& state) {
  constexpr std::int64_t kRequests = stepper == engine::Stepper::Macro ? 200'000 : 10'000;
  spec::RunSpec run = llama_run(static_cast<double>(state.range(0)), kRequests);
  run.engine.num_gpu_blocks_override = 1200;
  simulate(state, run, stepper);
}

class CsvWriter final : public cluster::Observer {
 public:
  explicit CsvWriter(const std::filesystem::path& path) : part_(path, "bench") {}
  void on_finished(const spec::RequestRecord& record) override { part_.write(record); }
  void on_refused(RequestId id) override { part_.skip(id); }

 private:
  report::RequestsCsvPart part_;
};

void with_requests_csv(benchmark::State& state) {
  const auto path = std::filesystem::temp_directory_path() / "kvsim_bench_requests.csv";
  const spec::RunSpec run = llama_run(static_cast<double>(state.range(0)), 1'000'000);
  const std::vector<spec::CardSpec> cards = config::load_cards(test::shipped_library());
  for (auto _ : state) {
    CsvWriter writer(path);
    benchmark::DoNotOptimize(cluster::simulate(run, cards, writer));
  }
  state.counters["requests"] = benchmark::Counter(1e6 * static_cast<double>(state.iterations()),
                                                  benchmark::Counter::kIsRate);
  std::filesystem::remove(path);
}

void ten_million(benchmark::State& state) {
  simulate(state, llama_run(static_cast<double>(state.range(0)), 10'000'000),
           engine::Stepper::Macro);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void rates(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t rate : {1, 5, 15, 25, 60}) {
    benchmark->Arg(rate);
  }
  benchmark->ArgName("per_second")->Unit(benchmark::kMillisecond);
}

void one_rate(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(15)->ArgName("per_second")->Unit(benchmark::kMillisecond);
}

BENCHMARK(poisson<engine::Stepper::Step>)->Apply(rates);
BENCHMARK(poisson<engine::Stepper::Macro>)->Apply(rates);
BENCHMARK(storm<engine::Stepper::Step>)->Apply(one_rate);
BENCHMARK(storm<engine::Stepper::Macro>)->Apply(one_rate);
BENCHMARK(with_requests_csv)->Apply(one_rate);
BENCHMARK(ten_million)->Apply(one_rate)->Iterations(1);

}  // namespace
}  // namespace kvsim

BENCHMARK_MAIN();
