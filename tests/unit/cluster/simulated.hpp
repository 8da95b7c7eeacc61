// A run, its requests and how many were refused.
#pragma once

#include <algorithm>
#include <vector>

#include "recorder.hpp"
#include "shapes.hpp"

namespace kvsim::cluster {

[[nodiscard]] inline Duration ms(std::int64_t count) {
  return Duration(kAttosecondsPerMillisecond) * count;
}

struct Outcome {
  spec::RunResult result;
  std::vector<spec::RequestRecord> records;  ///< by request
  std::size_t refused = 0;
};

/// Its steps take a millisecond.
[[nodiscard]] inline Outcome simulated(const spec::RunSpec& run,
                                       engine::Stepper stepper = engine::Stepper::Macro) {
  test::Recorder recorder;
  Outcome outcome;
  outcome.result = simulate(run, test::millisecond_steps(), recorder, stepper);
  outcome.records = recorder.records;
  outcome.refused = recorder.refused.size();
  std::ranges::sort(outcome.records, {}, [](const auto& record) { return record.id; });
  return outcome;
}

}  // namespace kvsim::cluster
