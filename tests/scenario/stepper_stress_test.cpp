// Both steppers give the same bytes: every time of every request, every number of result.json.
//
// Random runs with everything scarce that can be: pools that a few sequences fill, token budgets
// down to 16, blocks from 1 token on, all architectures of tiny_variants(), every rule of the
// scheduler: thresholds, watermarks, whole sequences, priorities, a step ahead or not; replicas
// alike or in pools of their own kind; prices as the cards say or drawn for error bars. What was
// compared is counted and printed. RC_PARAMS=max_success=N changes the number of runs per test
// (100).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "between.hpp"
#include "library.hpp"
#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/report/resolved_spec.hpp"
#include "sim/report/result_json.hpp"

namespace kvsim {
namespace {

using engine::Stepper;
using test::between;

void draw_engine(spec::EngineSpec& engine, std::int64_t longest) {
  engine.max_model_len = longest;
  engine.block_size = *rc::gen::element<std::int64_t>(1, 2, 3, 5, 8, 16);
  engine.max_num_batched_tokens = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(16, 40),
                                                  rc::gen::inRange<std::int64_t>(40, 600));
  engine.max_num_seqs = between(1, std::min<std::int64_t>(24, *engine.max_num_batched_tokens));
  engine.long_prefill_token_threshold = *rc::gen::element<std::int64_t>(0, 0, 1, 7, 64);
  engine.enable_mixed_chunk = *rc::gen::element(true, true, true, false);
  engine.scheduler_reserve_full_isl = *rc::gen::arbitrary<bool>();
  engine.watermark = *rc::gen::element(0.0, 0.0, 0.05, 0.3, 0.99);
  engine.async_scheduling = *rc::gen::arbitrary<bool>();
  engine.enable_prefix_caching = *rc::gen::arbitrary<bool>();
  engine.evict_unhashed_blocks_first = *rc::gen::arbitrary<bool>();
  engine.enforce_eager = *rc::gen::element(false, false, true);
  switch (between(0, 3)) {
    case 0:
      engine.max_cudagraph_capture_size = between(1, 40);
      break;
    case 1:
      engine.cudagraph_capture_sizes = {17, 1, 5};
      break;
    default:
      break;
  }
  engine.enable_chunked_prefill = *rc::gen::element(true, true, false);
  if (!engine.enable_chunked_prefill) {
    engine.max_num_batched_tokens = std::max<std::int64_t>(longest, 24) + between(0, 200);
  }
}

void draw_pool(spec::RunSpec& run, std::int64_t longest) {
  const std::int64_t most = memory::most_blocks(memory::plan_pages(run.model, run.engine), longest,
                                                *run.engine.max_num_batched_tokens);
  run.engine.num_gpu_blocks_override =
      most + (between(0, 1) == 0 ? between(1, most) : between(1, 40 * most));
}

spec::ThinkTimeSpec random_think_time() {
  spec::ThinkTimeSpec think_time;
  think_time.kind = *rc::gen::element(spec::ThinkTimeKind::Fixed, spec::ThinkTimeKind::Exponential,
                                      spec::ThinkTimeKind::Lognormal);
  // From no time at all, so that turns follow at the instant of the answer, to many steps.
  const Duration time =
      Duration(kAttosecondsPerMillisecond) * *rc::gen::element<std::int64_t>(0, 1, 3, 50, 1000);
  think_time.fixed = time;
  think_time.exponential.mean = time + Duration(1);
  think_time.lognormal = {time + Duration(1), (time + Duration(1)) * 3};
  return think_time;
}

// Prompts that grow from turn to turn, some until they are refused.
void draw_sessions(spec::WorkloadSpec& workload, std::int64_t prompt) {
  if (between(0, 2) == 0) {
    workload.shared_prefix = spec::SharedPrefixSpec{between(1, 4), test::uniform(1, prompt), {}};
  }
  if (between(0, 2) == 0) {
    workload.conversation = spec::ConversationSpec{.turns = test::uniform(1, between(1, 6)),
                                                   .think_time = random_think_time(),
                                                   .follow_up = {}};
    if (between(0, 1) == 0) {
      workload.conversation->follow_up = test::uniform(1, 5);
    }
  }
}

// Reports at the very instants at which steps of 1 ms end, between them, and rarely; replicas that
// get ready at such instants too.
void draw_router(spec::ClusterSpec& cluster) {
  cluster.replicas = *rc::gen::element<std::int64_t>(1, 1, 2, 3);
  cluster.router = *rc::gen::element(
      spec::Router::RoundRobin, spec::Router::LeastOutstanding, spec::Router::Random,
      spec::Router::PowerOfTwo, spec::Router::Session, spec::Router::LeastKv, spec::Router::LeastKv,
      spec::Router::PrefixAware, spec::Router::PrefixAware);
  cluster.view_interval = Duration(kAttosecondsPerMillisecond / 10) *
                          *rc::gen::element<std::int64_t>(0, 0, 3, 10, 37, 1000);
  cluster.prefix_match_threshold = *rc::gen::element(0.0, 0.2, 0.5, 1.0);
  cluster.balance_abs_threshold = *rc::gen::element<std::int64_t>(0, 2, 64);
  cluster.balance_rel_threshold = *rc::gen::element(1.0, 1.5, 4.0);
  cluster.startup_delay = Duration(kAttosecondsPerMillisecond / 10) *
                          *rc::gen::element<std::int64_t>(0, 0, 0, 3, 10, 500);
}

// Each with an engine and a start of its own.
void draw_pools(spec::RunSpec& run, std::int64_t longest) {
  std::vector<std::pair<std::string, spec::RunSpec>> pools;
  for (std::int64_t i = between(2, 3); i > 0; --i) {
    spec::RunSpec pool = run;
    pool.cluster.gpu = *rc::gen::element(test::h100(), test::h200());
    pool.cluster.replicas = between(1, 2);
    pool.cluster.startup_delay =
        Duration(kAttosecondsPerMillisecond / 10) * *rc::gen::element<std::int64_t>(0, 0, 10, 500);
    draw_engine(pool.engine, longest);
    draw_pool(pool, longest);
    pools.emplace_back(fmt::format("pool{}", i), std::move(pool));
  }
  run = spec::join_pools(pools);
}

// Without a workload's arrivals.
spec::RunSpec random_stress_run() {
  spec::RunSpec run = test::tiny_run(between(1, 60), 1, 1);
  run.model = *rc::gen::elementOf(test::tiny_variants());
  run.seed = static_cast<std::uint64_t>(between(0, 1'000'000));
  const std::int64_t prompt = *rc::gen::element<std::int64_t>(1, 10, 100);
  const std::int64_t output = *rc::gen::element<std::int64_t>(3, 60, 200);
  // Conversations need room to grow, those that outgrow it are refused.
  const std::int64_t longest = (prompt + output) * *rc::gen::element<std::int64_t>(1, 1, 1, 3);
  draw_engine(run.engine, longest);
  run.engine.disable_hybrid_kv_cache_manager =
      !run.model.linear_attention && *rc::gen::element(false, false, false, true);
  draw_pool(run, longest);
  if (between(0, 2) == 0) {
    run.engine.scheduling_policy = spec::SchedulingPolicy::Priority;
    run.workload.priorities = spec::PrioritySpec{{-1, 0, 7}, {1, 2, 1}};
  }
  run.workload.stop = *rc::gen::element(spec::StopRule::Eos, spec::StopRule::MaxTokens);
  draw_router(run.cluster);
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, prompt), test::uniform(1, output), std::nullopt};
  if (between(0, 3) == 0) {  // some ends are foreseen then, whatever stop says
    run.workload.lengths->max_tokens = between(1, output);
  }
  draw_sessions(run.workload, prompt);
  if (between(0, 2) == 0) {
    run.draw = spec::PriceDraw{run.seed, static_cast<std::uint64_t>(between(1, 1000))};
  }
  if (between(0, 3) == 0) {
    draw_pools(run, longest);
  }
  return run;
}

// Shipped cards whose decode attention waits for the longest context and breaks at short ones.
std::vector<spec::CardSpec> skewed(std::vector<spec::CardSpec> cards) {
  for (spec::CardSpec& card : cards) {
    if (card.form == spec::CardForm::Decode) {
      card.decode.log_from = 4;
      card.decode.skew = spec::SkewForm{0.2, 0, 0.6};
    }
  }
  return cards;
}

// Steps that all last 1 ms end in great numbers at one instant, on several replicas and with
// arrivals; round and shipped cards make no two alike. Slow hosts hide the GPU for a while.
std::vector<spec::CardSpec> random_cards() {
  static const std::vector<spec::CardSpec> shipped = config::load_cards(test::shipped_library());
  switch (between(0, 4)) {
    case 0:
      return test::millisecond_steps();
    case 1:
      return shipped;
    case 2:
      return skewed(shipped);
    default:
      break;
  }
  std::vector<spec::CardSpec> cards = test::round_cards();
  cards.back() =
      test::host_card(static_cast<double>(between(0, 3)), static_cast<double>(between(0, 30)), 0.5);
  return cards;
}

struct Outcome {
  spec::RunResult result;
  test::Recorder recorder;
  std::string json;
};

Outcome simulate(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
                 Stepper stepper) {
  Outcome outcome;
  outcome.result = cluster::simulate(run, cards, outcome.recorder, stepper);
  outcome.json = report::result_json({"study", {outcome.result}, {}});
  return outcome;
}

bool same(const spec::RequestRecord& a, const spec::RequestRecord& b) {
  return a.id == b.id && a.replica == b.replica && a.arrival == b.arrival &&
         a.prompt_tokens == b.prompt_tokens && a.output_tokens == b.output_tokens &&
         a.cached_tokens == b.cached_tokens && a.queue == b.queue && a.ttft == b.ttft &&
         a.tpot == b.tpot && a.e2el == b.e2el && a.preemptions == b.preemptions;
}

// Everything in RunMetrics that result.json rounds on its way out.
bool same_to_the_bit(const spec::RunMetrics& a, const spec::RunMetrics& b) {
  return a.duration == b.duration && a.time_in == b.time_in &&
         a.time_by_provenance == b.time_by_provenance && a.time_truncated == b.time_truncated &&
         a.prompt_time == b.prompt_time && a.kv_bytes_read == b.kv_bytes_read &&
         a.weight_bytes_read == b.weight_bytes_read && a.num_steps == b.num_steps &&
         a.computed_tokens == b.computed_tokens && a.num_preemptions == b.num_preemptions &&
         a.itl.count == b.itl.count && a.itl.mean == b.itl.mean && a.itl.std == b.itl.std &&
         a.itl.p99_9 == b.itl.p99_9 && a.kv_cache_usage_mean == b.kv_cache_usage_mean &&
         a.kv_cache_usage_p99 == b.kv_cache_usage_p99 &&
         a.kv_cache_usage_max == b.kv_cache_usage_max;
}

// Prints what was compared once all is done; a difference would have failed its test.
class Compared final : public testing::Environment {
 public:
  void add(const spec::RunMetrics& metrics) {
    ++runs_;
    requests_ += metrics.completed;
    refused_ += metrics.refused;
    preemptions_ += metrics.num_preemptions;
    steps_ += metrics.num_steps;
  }
  void TearDown() override {
    if (runs_ > 0) {
      fmt::print(
          "steppers compared: {} configurations, {} requests, {} refused, {} preemptions, "
          "{} steps\n",
          runs_, requests_, refused_, preemptions_, steps_);
    }
  }

 private:
  std::int64_t runs_ = 0, requests_ = 0, refused_ = 0, preemptions_ = 0, steps_ = 0;
};

// GoogleTest owns it.
Compared& compared = dynamic_cast<Compared&>(*testing::AddGlobalTestEnvironment(new Compared()));

// The run that differs, so that it can be tried by itself.
std::string difference(const spec::RunSpec& run, const spec::RequestRecord& step,
                       const spec::RequestRecord& macro) {
  const auto told = [](const spec::RequestRecord& record) {
    return fmt::format("request {}: cached {}, queue {}, ttft {}, e2el {} ms, {} preemptions",
                       record.id.value(), record.cached_tokens,
                       1e3 * to_seconds(record.queue).value(),
                       1e3 * to_seconds(record.ttft).value(), 1e3 * to_seconds(record.e2el).value(),
                       record.preemptions);
  };
  return fmt::format("step  {}\nmacro {}\n{}", told(step), told(macro),
                     report::resolved_json(run).dump(1));
}

void compare(const spec::RunSpec& run) {
  const std::vector<spec::CardSpec> cards = random_cards();
  const Outcome step = simulate(run, cards, Stepper::Step);
  const Outcome macro = simulate(run, cards, Stepper::Macro);
  RC_ASSERT(step.recorder.refused == macro.recorder.refused);
  RC_ASSERT(step.recorder.records.size() == macro.recorder.records.size());
  for (std::size_t i = 0; i < step.recorder.records.size(); ++i) {
    if (!same(step.recorder.records[i], macro.recorder.records[i])) {
      RC_FAIL(difference(run, step.recorder.records[i], macro.recorder.records[i]));
    }
  }
  RC_ASSERT(same_to_the_bit(step.result.metrics, macro.result.metrics));
  RC_ASSERT(step.json == macro.json);
  compared.add(step.result.metrics);
}

RC_GTEST_PROP(SteppersAgree, WhenAllArriveAtOnce, ()) { compare(random_stress_run()); }

RC_GTEST_PROP(SteppersAgree, OnPoissonArrivals, ()) {
  spec::RunSpec run = random_stress_run();
  const double rate = std::pow(10, static_cast<double>(between(10, 45)) / 10);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(rate), 1};
  compare(run);
}

// Every millisecond, or every few: at the very instants at which steps of 1 ms end.
RC_GTEST_PROP(SteppersAgree, OnArrivalsThatMeetStepBoundaries, ()) {
  spec::RunSpec run = random_stress_run();
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Constant,
                        PerSecond(*rc::gen::element(1000.0, 500.0, 250.0, 125.0, 50.0, 8.0)), 1};
  compare(run);
}

RC_GTEST_PROP(SteppersAgree, OnBursts, ()) {
  spec::RunSpec run = random_stress_run();
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Gamma,
                                            PerSecond(static_cast<double>(between(5, 2000))), 0.2};
  compare(run);
}

RC_GTEST_PROP(SteppersAgree, InAClosedLoop, ()) {
  spec::RunSpec run = random_stress_run();
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{between(1, 30)};
  compare(run);
}

// Outputs much longer than prompts in a pool for two of them: the youngest are preempted over and
// over.
RC_GTEST_PROP(SteppersAgree, InPreemptionStorms, ()) {
  spec::RunSpec run = random_stress_run();
  run.engine.max_model_len = 410;
  run.engine.max_num_seqs = 16;
  run.engine.enable_chunked_prefill = true;
  const std::int64_t most = memory::most_blocks(memory::plan_pages(run.model, run.engine), 410,
                                                *run.engine.max_num_batched_tokens);
  run.engine.num_gpu_blocks_override = most + 1 + between(0, most);
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, 10), test::uniform(100, 400), std::nullopt};
  compare(run);
}

// Some ask for more than the model's length and are refused, also while a run is in progress.
RC_GTEST_PROP(SteppersAgree, WhenSomeAreRefused, ()) {
  spec::RunSpec run = random_stress_run();
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson,
                                            PerSecond(static_cast<double>(between(20, 2000))), 1};
  run.workload.lengths->prompt = test::uniform(1, *run.engine.max_model_len + 20);
  compare(run);
}

}  // namespace
}  // namespace kvsim
