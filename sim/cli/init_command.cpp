// kvsim init: a first study for a model on a GPU, with comments and a layout that fits.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/reference_commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cluster/feasibility.hpp"
#include "sim/memory/hbm_budget.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostGpus = 64;
constexpr std::int64_t kGpusPerNode = 8;  // HGX and MI300X boards

struct Layout {
  spec::RunSpec run;
  std::string why;
};

spec::RunSpec run_with(const InitOptions& options, std::int64_t tp) {
  config::RunRequest request;
  request.model = options.model;
  request.gpu = options.gpu;
  request.sets = {fmt::format("engine.tensor_parallel_size={}", tp)};
  spec::RunSpec run = config::load_run(request, library()).runs.front();
  cluster::require_feasible(run);
  return run;
}

std::string fits_text(const spec::RunSpec& run) {
  const spec::HbmBudget budget = memory::hbm_budget(run.model, run.cluster.gpu, run.engine);
  return fmt::format("weights {} per GPU, {} KV tokens: {:.1f} sequences of {} tokens",
                     format_bytes_binary(static_cast<double>(budget.weights.value())),
                     format_grouped(budget.kv_cache_tokens), budget.max_concurrency,
                     format_grouped(budget.max_model_len));
}

// Sizes that cannot cut the model are passed over; the last that does not fit says why.
Layout smallest_layout(const InitOptions& options) {
  std::string does_not_fit;
  for (std::int64_t tp = 1; tp <= kMostGpus; tp *= 2) {
    try {
      spec::RunSpec run = run_with(options, tp);
      const std::string why = tp == 1 ? "one GPU is enough" : "fewer GPUs do not hold it";
      return {run, fmt::format("the smallest of 1, 2, 4, ... that fits: {}", why)};
    } catch (const DoesNotFit& error) {
      does_not_fit = error.what();
    } catch (const ConfigError&) {
      if (tp == 1) {
        throw;
      }
    }
  }
  throw DoesNotFit(fmt::format("{} fits on no number of {} up to {}\n{}", options.model,
                               options.gpu, kMostGpus, does_not_fit));
}

Layout layout_of(const InitOptions& options) {
  return options.tp > 0 ? Layout{run_with(options, options.tp), "as asked for by --tp"}
                        : smallest_layout(options);
}

std::string file_word(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-' && c != '_'; },
      '-');
  return text;
}

// Where the study will lie; printed to stdout, the current folder.
fs::path folder_of(const InitOptions& options) {
  return options.out.empty() ? fs::current_path() : fs::absolute(options.out).parent_path();
}

// A path on the command line starts at the current folder, in the study at the study's.
std::string as_seen_from(const fs::path& folder, const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos || fs::path(name).has_extension();
  if (!is_path || !fs::exists(name)) {
    return name;
  }
  const std::string path = fs::proximate(fs::absolute(name), folder).generic_string();
  return path.find('/') == std::string::npos ? "./" + path : path;
}

std::string engine_block(const Layout& layout) {
  const std::int64_t tp = layout.run.engine.tensor_parallel_size;
  const std::string nodes =
      tp > kGpusPerNode ? "  # More GPUs than one node has: check the interconnect first.\n" : "";
  return fmt::format(R"(engine:
  profile: vllm-0.24  # whose defaults apply; everything here wins over them
  # {}.
  # {}.
{}  tensor_parallel_size: {}
  # max_model_len: 16384      # the model's own limit unless you say less: {} tokens
  # kv_cache_dtype: fp8       # half the bytes per token, so twice the tokens
)",
                     layout.why, fits_text(layout.run), nodes, tp,
                     layout.run.model.max_position_embeddings);
}

constexpr const char* kWorkload = R"(workload:
  arrivals: {process: poisson, request_rate: 1/s}  # rates and times carry their unit
  lengths:                                         # tokens
    prompt: {lognormal: {mean: 512, p99: 2048}}
    output: {lognormal: {mean: 128, p99: 512}}
  num_requests: 1000
slo: {ttft: {p99: 2s}, tpot: {p99: 50ms}}  # goodput counts the requests that keep all limits
)";

constexpr const char* kMore =
    R"(# Every line below is one more run per entry; take the '#' away to use it.
# variants:
#   - {name: base}
#   - {name: fp8-cache, engine.kv_cache_dtype: fp8}
# sweep: {workload.arrivals.request_rate: [1/s, 2/s, 4/s, 8/s]}
)";

std::string study_text(const InitOptions& options, const Layout& layout) {
  const fs::path folder = folder_of(options);
  const fs::path schema =
      library().configs.parent_path() / "docs" / "reference" / "schema" / "study.schema.json";
  const std::string name =
      file_word(fmt::format("{}-on-{}", layout.run.model.name, layout.run.cluster.gpu.name));
  return fmt::format(
             "# yaml-language-server: $schema={}\n"
             "# {} on {}. What it would do: kvsim check FILE; to run it: kvsim run FILE\n"
             "version: 1\nname: {}\n"
             "model: {}  # kvsim models lists all; or a path\n"
             "cluster: {{gpu: {}, replicas: 1}}  # kvsim gpus lists all\n",
             fs::proximate(fs::absolute(schema), folder).generic_string(), layout.run.model.name,
             layout.run.cluster.gpu.name, name, as_seen_from(folder, options.model),
             as_seen_from(folder, options.gpu)) +
         engine_block(layout) + kWorkload + kMore;
}

// Mode "x" creates the file or fails, so nothing is overwritten even in a race.
void write_new_file(const std::string& file, const std::string& text) {
  if (fs::exists(file)) {
    refuse_input({file}, "the file is there already", {"nothing was written; choose another"});
  }
  std::FILE* stream = std::fopen(file.c_str(), "wx");
  if (stream == nullptr) {
    refuse_input({file}, "the file cannot be written", {"is there such a folder?"});
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (std::fclose(stream) != 0 || !written) {
    refuse_input({file}, "the file could not be written completely", {"is the disk full?"});
  }
}

}  // namespace

int init_study(const InitOptions& options) {
  const std::string text = study_text(options, layout_of(options));
  if (options.out.empty()) {
    fmt::print("{}", text);
    return kOk;
  }
  write_new_file(options.out, text);
  fmt::print("wrote {}; next: kvsim check {}\n", options.out, options.out);
  return kOk;
}

}  // namespace kvsim::cli
