// kvsim-calibrate: see options.cpp for what it says of itself.
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "calibration/bench/options.hpp"
#include "calibration/bench/workloads.cuh"

#ifndef KVSIM_COMMIT
#define KVSIM_COMMIT ""
#endif

namespace kvsim {
namespace bench {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongArguments = 2;
constexpr int kNoGpu = 77;  // what test runners read as "skipped"

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  char text[32] = "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

std::string commit_of(const Options& options) {
  const char* environment = std::getenv("KVSIM_COMMIT");
  const std::string known[] = {options.commit, KVSIM_COMMIT,
                               environment == nullptr ? "" : environment};
  for (const std::string& commit : known) {
    if (!commit.empty()) {
      return commit;
    }
  }
  return "unknown";
}

void make_folders(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    mkdir(path.substr(0, at).c_str(), 0777);
  }
  mkdir(path.c_str(), 0777);
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    throw UsageError("--out " + path + ": this folder cannot be made");
  }
}

int verify(Gpu& gpu, bool least) {
  int wrong = 0;
  for (const auto& family : {verify_streams, verify_decode, verify_gemm}) {
    for (const Verdict& verdict : family(gpu, least)) {
      std::printf("%s  %-48s error %.2e, accepted %.1e\n", verdict.holds() ? "ok   " : "WRONG",
                  verdict.what.c_str(), verdict.error, verdict.accepted);
      std::fflush(stdout);
      wrong += verdict.holds() ? 0 : 1;
    }
  }
  std::printf(wrong == 0 ? "every kernel equals its twin\n" : "%d kernels are wrong\n", wrong);
  return wrong == 0 ? 0 : kFailed;
}

std::string identity_of(const Gpu& gpu, const std::string& driver, const std::string& commit) {
  return fingerprint(gpu.facts().uuid + "|" + driver + "|" + commit);
}

// Samples of another GPU, driver or build do not belong into one file.
void require_same_identity(const Options& options, const std::string& identity) {
  const std::string before = text_in_file(options.out + "/manifest.json", "identity");
  if (!before.empty() && before != identity && !options.force_resume) {
    throw UsageError(
        options.out +
        " holds samples of another GPU, driver or commit; give another --out, or --force-resume");
  }
}

void report(const Summary& summary, const Options& options) {
  std::fprintf(stderr,
               "%d samples measured, %d were there, %d not reached in time, %zu points skipped; "
               "%d throttled repetitions discarded, %d samples above the streaming peak; %.1f s\n",
               summary.measured, summary.found, summary.missing, summary.skipped.size(),
               summary.discarded, summary.above_peak, summary.seconds);
  std::printf("%s/raw.csv\n", options.out.c_str());
}

int measure_all(Gpu& gpu, const Options& options, const Plan& plan) {
  make_folders(options.out);
  const std::string commit = commit_of(options);
  const std::string identity = identity_of(gpu, gpu.nvml().driver_version(), commit);
  require_same_identity(options, identity);
  Manifest manifest;
  manifest.text("program", "kvsim-calibrate");
  manifest.text("stack", "kvsim-cuda");
  manifest.text("commit", commit);
  manifest.text("identity", identity);
  manifest.text("date", utc_now());
  manifest.text("plan", options.quick ? "quick" : "full");
  manifest.number("points", static_cast<double>(plan.points.size()));
  manifest.number("rounds", plan.rounds);
  describe(gpu, gpu.nvml(), manifest);
  write_whole(options.out + "/manifest.json", manifest.json());

  RawFile file(options.out + "/raw.csv");
  gpu.warm_up();
  const Summary summary = run_plan(plan, gpu, file, options.time_budget, say);
  manifest.number("samples", static_cast<double>(file.size()));
  manifest.number("missing", summary.missing);
  manifest.number("throttled_repetitions_discarded", summary.discarded);
  manifest.number("above_peak", summary.above_peak);
  manifest.number("streaming_peak_bytes_per_second", file.streaming_peak());
  manifest.number("seconds", summary.seconds);
  manifest.list("skipped", summary.skipped);
  write_whole(options.out + "/manifest.json", manifest.json());
  report(summary, options);
  return 0;
}

int run(const Options& options) {
  Plan plan;
  try {
    plan = make_plan(options.quick, options.ops);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  plan.rounds = options.rounds > 0 ? options.rounds : plan.rounds;
  if (options.help) {
    std::printf("%s", help_text().c_str());
    return 0;
  }
  if (options.dry_run) {
    std::printf("%s", plan_text(plan, Rates{}).c_str());
    return 0;
  }
  std::string reason;
  if (count_gpus(reason) == 0) {
    say("kvsim-calibrate: there is no GPU to measure here (" + reason + ")");
    return kNoGpu;
  }
  GpuFacts facts = read_facts();
  if (options.small) {
    facts.free_bytes = std::min<std::int64_t>(facts.free_bytes, std::int64_t{1} << 30);
  }
  Gpu gpu(facts);
  if (gpu.nvml().mig() == 1 && !options.allow_mig) {
    throw UsageError(
        "this GPU is cut into MIG slices, which have a share of SMs and L2; --allow-mig measures "
        "the slice");
  }
  return options.verify ? verify(gpu, options.small) : measure_all(gpu, options, plan);
}

}  // namespace
}  // namespace bench
}  // namespace kvsim

int main(int count, char** arguments) {
  using namespace kvsim::bench;
  try {
    return run(parse_options({arguments + 1, arguments + count}));
  } catch (const UsageError& error) {
    say(std::string("kvsim-calibrate: ") + error.what());
    return kWrongArguments;
  } catch (const std::exception& error) {
    say(std::string("kvsim-calibrate: ") + error.what());
    return kFailed;
  }
}
