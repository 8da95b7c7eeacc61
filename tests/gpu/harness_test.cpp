// Does the harness time honestly? A clock and a GPU that tests control.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "calibration/bench/manifest.hpp"
#include "calibration/bench/nvml.hpp"
#include "calibration/bench/session.hpp"

namespace kvsim::test {
namespace {

using bench::Measurement;
using bench::Op;
using bench::Plan;
using bench::Point;
using bench::StopRule;

struct FakeGpu {
  double clock = 0;
  double call = 1e-3;
  double noise = 0;  ///< sigma, relative
  double sample_cost = 4e-3;
  int throttled_from = -1;  ///< sample numbers
  int throttled_to = -1;
  std::uint64_t reasons = 0x20;
  int samples = 0;
  int rests = 0;
  std::mt19937 random{11};
};

class FakeTelemetry : public bench::Telemetry {
 public:
  explicit FakeTelemetry(FakeGpu& gpu) : gpu_(gpu) {}
  bench::Reading read() override { return {1755, 2619, 50, 400}; }
  std::uint64_t throttle() override {
    const int last = gpu_.samples - 1;
    return last >= gpu_.throttled_from && last < gpu_.throttled_to ? gpu_.reasons : 0;
  }

 private:
  FakeGpu& gpu_;
};

class FakeWorkload : public bench::Workload {
 public:
  explicit FakeWorkload(FakeGpu& gpu) : gpu_(gpu) {}
  double seconds_of_call() override {
    gpu_.clock += gpu_.sample_cost;
    ++gpu_.samples;
    const bool slow =
        gpu_.samples - 1 >= gpu_.throttled_from && gpu_.samples - 1 < gpu_.throttled_to;
    const double noise = std::normal_distribution<double>(0, 1)(gpu_.random) * gpu_.noise;
    return gpu_.call * (1 + noise) * (slow ? 2 : 1);
  }
  double now() override { return gpu_.clock; }
  void rest(double seconds) override {
    gpu_.clock += seconds;
    ++gpu_.rests;
  }
  [[nodiscard]] std::string kernel() const override { return "fake"; }

 private:
  FakeGpu& gpu_;
};

Measurement measured(FakeGpu& gpu, const StopRule& rule = {}) {
  FakeWorkload workload(gpu);
  FakeTelemetry telemetry(gpu);
  return bench::measure(workload, telemetry, rule);
}

TEST(Measure, StopsAtTheLeastWhereNothingVaries) {
  FakeGpu gpu;
  const Measurement result = measured(gpu);
  EXPECT_EQ(result.repetitions, 15);
  EXPECT_DOUBLE_EQ(result.median, 1e-3);
  EXPECT_EQ(result.spread, 0);
  EXPECT_EQ(result.before.sm_mhz, 1755);
}

// sigma = 1 %: 1.96 · 1.253 · 0.01 / sqrt(n) <= 0.005 from n = 24 on.
TEST(Measure, RepeatsUntilTheMedianIsKnown) {
  FakeGpu gpu;
  gpu.noise = 0.01;
  StopRule rule;
  rule.seconds = 100;
  const Measurement result = measured(gpu, rule);
  EXPECT_GE(result.repetitions, 15);
  EXPECT_LE(result.repetitions, 45);
  EXPECT_NEAR(result.median, 1e-3, 8e-6);
  EXPECT_NEAR(result.spread, 0.01, 0.006);
}

TEST(Measure, GivesUpOnASmallSpreadWhenTimeIsUp) {
  FakeGpu gpu;
  gpu.noise = 0.2;
  gpu.sample_cost = 0.02;
  EXPECT_EQ(measured(gpu).repetitions, 15);  // 15 · 20 ms > 150 ms, but never fewer than 15
  gpu.sample_cost = 1e-6;
  EXPECT_EQ(measured(gpu).repetitions, 60);
}

// Samples 5 to 9 ran at half the clock: they are thrown away, counted, and the reason is kept.
TEST(Measure, DiscardsThrottledSamples) {
  FakeGpu gpu;
  gpu.throttled_from = 5;
  gpu.throttled_to = 10;
  const Measurement result = measured(gpu);
  EXPECT_DOUBLE_EQ(result.high, 1e-3);
  EXPECT_EQ(result.discarded, 5);
  EXPECT_EQ(result.throttle, 0x20U);
  EXPECT_EQ(gpu.rests, 2);
}

// A power cap is the normal state of a large product: kept, and marked.
TEST(Measure, KeepsSamplesUnderAPowerCap) {
  FakeGpu gpu;
  gpu.throttled_from = 0;
  gpu.throttled_to = 1000;
  gpu.reasons = bench::kPowerCap;
  const Measurement result = measured(gpu);
  EXPECT_EQ(result.discarded, 0);
  EXPECT_EQ(result.throttle, bench::kPowerCap);
}

TEST(Measure, RefusesAGpuThatIsAlwaysThrottled) {
  FakeGpu gpu;
  gpu.throttled_from = 0;
  gpu.throttled_to = 1000000;
  EXPECT_THROW((void)measured(gpu), bench::Unmeasurable);
}

TEST(Measure, CountsTheCallsOfAReplay) {
  EXPECT_EQ(bench::calls_in_replay(1e-4), 12);  // 1.2 ms of them
  EXPECT_EQ(bench::calls_in_replay(1), 1);
  EXPECT_EQ(bench::calls_in_replay(1e-9), 400);
}

class FakeMachine : public bench::Machine {
 public:
  std::unique_ptr<bench::Workload> prepare(const Point& point) override {
    ++prepared;
    if (point.op == Op::Gemm && point.dtype == "fp8") {
      throw bench::Unsupported("no fp8 here");
    }
    // 3 TB/s, except for one that can only have read L2.
    const double rate = point.op == Op::PageRead ? 4e12 : 3e12;
    gpu.call = static_cast<double>(std::max<std::int64_t>(bytes_of(point), 1000)) / rate;
    return std::make_unique<FakeWorkload>(gpu);
  }
  bench::Telemetry& telemetry() override { return telemetry_; }
  double now() override { return gpu.clock; }

  FakeGpu gpu;
  int prepared = 0;

 private:
  FakeTelemetry telemetry_{gpu};
};

std::string fresh_file(const std::string& name) {
  const auto path = std::filesystem::path(::testing::TempDir()) / name;
  std::filesystem::remove(path);
  return path.string();
}

bench::Summary run(const Plan& plan, FakeMachine& machine, const std::string& path,
                   double budget = 0) {
  bench::RawFile file(path);
  return bench::run_plan(plan, machine, file, budget, [](const std::string&) {});
}

TEST(Session, MeasuresEveryPointOnce) {
  const Plan plan = bench::make_plan(true, {});
  FakeMachine machine;
  const auto summary = run(plan, machine, fresh_file("session_all.csv"));
  EXPECT_EQ(summary.measured + static_cast<int>(summary.skipped.size()),
            static_cast<int>(plan.points.size()));
  EXPECT_GT(summary.skipped.size(), 0U);  // fp8
  EXPECT_EQ(summary.found, 0);
}

// Interrupted in the middle of a line: that line is measured again, the others are not.
TEST(Session, GoesOnWhereItStopped) {
  const Plan plan = bench::make_plan(true, {"stream_read", "stream_write", "stream_copy"});
  const std::string path = fresh_file("session_resume.csv");
  FakeMachine first;
  const auto all = run(plan, first, path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 7);
  FakeMachine second;
  const auto again = run(plan, second, path);
  EXPECT_EQ(again.measured, 1);
  EXPECT_EQ(again.found, all.measured - 1);
  FakeMachine third;
  EXPECT_EQ(run(plan, third, path).measured, 0);
  EXPECT_EQ(third.prepared, 0);
}

// What kvsim calibrate fit --raw reads (calibration/fit/raw_samples.cpp).
TEST(RawCsv, HasTheColumnsThatCardsAreFittedTo) {
  const std::string header = "," + bench::raw_header();
  for (const char* column :
       {"op", "role", "dtype", "kernel", "shape", "cache", "median_us", "above_peak"}) {
    EXPECT_NE(header.find(std::string(",") + column), std::string::npos) << column;
  }
}

TEST(Session, RefusesAFileWithOtherColumns) {
  const std::string path = fresh_file("session_other.csv");
  std::ofstream(path) << "a,b\n1,2\n";
  EXPECT_THROW(bench::RawFile{path}, std::runtime_error);
}

TEST(Session, FlagsWhatIsAboveTheStreamingPeak) {
  const Plan plan = bench::make_plan(true, {"stream_read", "page_read", "decode_attention"});
  FakeMachine machine;
  machine.gpu.noise = 0;
  int pages = 0;
  for (const Point& point : plan.points) {
    pages += point.op == Op::PageRead ? 1 : 0;
  }
  EXPECT_EQ(run(plan, machine, fresh_file("session_peak.csv")).above_peak, pages);
}

// Two points of 16 samples, then a GPU that is throttled for good: what was measured before stays,
// the rest is named.
TEST(Session, GoesOnAfterAPointThatCannotBeMeasured) {
  const Plan plan = bench::make_plan(true, {"stream_read"});
  FakeMachine machine;
  machine.gpu.throttled_from = 33;
  machine.gpu.throttled_to = 1000000;
  const auto summary = run(plan, machine, fresh_file("session_throttled.csv"));
  EXPECT_EQ(summary.measured, 2);
  EXPECT_EQ(summary.measured + static_cast<int>(summary.skipped.size()),
            static_cast<int>(plan.points.size()));
}

TEST(Session, StopsWhenTimeIsUpAndSaysWhatIsMissing) {
  const Plan plan = bench::make_plan(true, {});
  FakeMachine machine;
  const auto summary = run(plan, machine, fresh_file("session_budget.csv"), 1.0);
  EXPECT_GT(summary.measured, 5);
  EXPECT_EQ(summary.measured + summary.missing + static_cast<int>(summary.skipped.size()),
            static_cast<int>(plan.points.size()));
}

TEST(Manifest, IsJsonThatCanBeReadBack) {
  bench::Manifest manifest;
  manifest.text("device", "NVIDIA \"H100\"");
  manifest.number("seconds", 41.5);
  manifest.flag("ecc", true);
  manifest.list("skipped", {"a", "b"});
  manifest.number("seconds", 42);
  EXPECT_EQ(manifest.json(),
            "{\n  \"device\": \"NVIDIA \\\"H100\\\"\",\n  \"seconds\": 42,\n  \"ecc\": true,\n"
            "  \"skipped\": [\"a\", \"b\"]\n}\n");
  const std::string path = fresh_file("manifest.json");
  manifest.text("identity", "abc");
  bench::write_whole(path, manifest.json());
  EXPECT_EQ(bench::text_in_file(path, "identity"), "abc");
  EXPECT_EQ(bench::text_in_file(path, "nothing"), "");
}

TEST(Manifest, KnowsTheGpusOfTheCatalogue) {
  EXPECT_EQ(bench::kvsim_gpu_name("NVIDIA H100 80GB HBM3"), "h100-sxm");
  EXPECT_EQ(bench::kvsim_gpu_name("NVIDIA H200"), "h200-sxm");
  EXPECT_EQ(bench::kvsim_gpu_name("NVIDIA H20"), "h20");
  EXPECT_EQ(bench::kvsim_gpu_name("Quadro K620"), "");
}

// FNV-1a of the empty text is its offset basis.
TEST(Manifest, FingerprintsWithoutNaming) {
  EXPECT_EQ(bench::fingerprint(""), "cbf29ce484222325");
  EXPECT_NE(bench::fingerprint("a"), bench::fingerprint("b"));
}

TEST(Nvml, ReadsZerosWithoutADriver) {
  bench::Nvml nvml("no such device");
  EXPECT_EQ(nvml.throttle(), 0U);
  EXPECT_EQ(nvml.read().sm_mhz, 0);
  EXPECT_EQ(nvml.ecc(), -1);
}

}  // namespace
}  // namespace kvsim::test
