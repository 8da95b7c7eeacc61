// Requests simulated per second of processor time behind each router, with 1 to 512 replicas: the
// rate grows with the replicas, so that each has the same to do and a request should cost the same.
//
// Llama-3.1-8B in bf16 on H100s, 15 requests/s for each; prompts of 100 to 900 tokens after one of
// 64 system prompts of 500, outputs of 50 to 440. `least_kv` looks at every request. See
// stepper_benchmark.cpp for the rest.
#include <benchmark/benchmark.h>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/cluster/simulate.hpp"

namespace kvsim {
namespace {

template <spec::Router router>
void replicas(benchmark::State& state) {
  constexpr std::int64_t kRequests = 200'000;
  spec::RunSpec run = test::tiny_run(kRequests, 1, 1);
  run.model = test::llama_8b();
  run.cluster.replicas = state.range(0);
  run.cluster.router = router;
  run.engine.max_num_seqs = 256;
  run.engine.enable_prefix_caching = true;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson,
                                            PerSecond(15 * static_cast<double>(state.range(0))), 1};
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(100, 900), test::uniform(50, 440), std::nullopt};
  run.workload.shared_prefix = spec::SharedPrefixSpec{64, test::fixed(500), {}};
  const std::vector<spec::CardSpec> cards = config::load_cards(test::shipped_library());
  cluster::Observer observer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cluster::simulate(run, cards, observer));
  }
  state.counters["requests"] = benchmark::Counter(
      static_cast<double>(kRequests * state.iterations()), benchmark::Counter::kIsRate);
}

void counts(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t count : {1, 8, 64, 512}) {
    benchmark->Arg(count);
  }
  benchmark->ArgName("replicas")->Unit(benchmark::kMillisecond);
}

BENCHMARK(replicas<spec::Router::RoundRobin>)->Apply(counts);
BENCHMARK(replicas<spec::Router::LeastOutstanding>)->Apply(counts);
BENCHMARK(replicas<spec::Router::LeastKv>)->Apply(counts);
BENCHMARK(replicas<spec::Router::PrefixAware>)->Apply(counts);

}  // namespace
}  // namespace kvsim
