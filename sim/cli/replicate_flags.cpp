#include "sim/cli/replicate_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sim/base/diagnostic.hpp"

namespace kvsim::cli {

void add_replicates(CLI::App& app, plan::ReplicateOptions& options, const std::string& help) {
  app.add_option("--replicates", options.replicates, help)
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--confidence", options.confidence, "of the intervals")
      ->check(CLI::Range(0.5, 0.999))
      ->capture_default_str();
}

void refuse_few_replicates(const plan::ReplicateOptions& options) {
  const std::int64_t least = plan::least_replicates(options.confidence);
  if (options.replicates == 0 || options.replicates >= least) {
    return;
  }
  refuse_input({"--replicates"},
               fmt::format("{} are too few for intervals of {} % confidence", options.replicates,
                           100 * options.confidence),
               {fmt::format("ask for {} or more: 2/(1 - confidence), so that at least one lies "
                            "beyond each end",
                            least)});
}

}  // namespace kvsim::cli
