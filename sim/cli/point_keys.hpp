// The names of finished points: each a hash of everything that determines its bytes.
//
//   run         version, commit and build of kvsim; all cards; the bytes of the trace; and the run
//   as
//               it was resolved, with its id, variant, overrides and seed
//   replicate   its run, and its number
//
// Neither the stepper nor the number of jobs is in there: they change no byte. Nor is the number of
// replicates: more of them use those that are there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::cli {

class PointKeys {
 public:
  /// Requires: the traces are among the study's inputs (add_traces in study_job.hpp).
  explicit PointKeys(const spec::StudySpec& study);

  /// Replicates count from 1; 0 is the run itself. Absent for a trace that can be read only once.
  [[nodiscard]] std::optional<std::string> of(std::size_t run, std::size_t replicate) const;

 private:
  std::vector<std::optional<std::string>> runs_;
};

}  // namespace kvsim::cli
