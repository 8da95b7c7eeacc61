#include "sim/cli/point_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kvsim_version.hpp"
#include "sim/base/sha256.hpp"
#include "sim/cli/build_id.hpp"
#include "sim/report/snapshot.hpp"

namespace kvsim::cli {
namespace {

std::string hash_of_cards(const std::vector<spec::CardSpec>& cards) {
  Sha256 hash;
  for (const spec::CardSpec& card : cards) {
    hash.update(report::card_text(card));
    hash.update("\n");
  }
  return hash.hex();
}

// Empty without a trace.
std::optional<std::string> hash_of_trace(const spec::StudySpec& study, const spec::RunSpec& run) {
  if (!run.workload.trace) {
    return "";
  }
  const auto found =
      std::find_if(study.inputs.begin(), study.inputs.end(),
                   [&](const spec::InputFile& input) { return input.path == *run.workload.trace; });
  return found == study.inputs.end() ? std::nullopt : std::optional(found->sha256);
}

}  // namespace

PointKeys::PointKeys(const spec::StudySpec& study) {
  const std::string program = fmt::format("kvsim point 1\n{}\n{}\n{}\n{}\n", KVSIM_VERSION,
                                          KVSIM_GIT_SHA, build_id(), hash_of_cards(study.cards));
  for (const spec::RunSpec& run : study.runs) {
    const auto trace = hash_of_trace(study, run);
    runs_.push_back(
        trace ? std::optional(sha256_hex(program + *trace + '\n' + report::spec_text(run)))
              : std::nullopt);
  }
}

std::optional<std::string> PointKeys::of(std::size_t run, std::size_t replicate) const {
  if (replicate == 0 || !runs_[run]) {
    return runs_[run];
  }
  return sha256_hex(fmt::format("replicate {} of {}", replicate, *runs_[run]));
}

}  // namespace kvsim::cli
