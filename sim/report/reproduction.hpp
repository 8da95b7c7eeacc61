// How to get the same page again: the part of the manifest that does not change from run to run.
#pragma once

#include <string>
#include <vector>

#include "sim/report/table.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::report {

/// `sets` are the arguments of --set.
[[nodiscard]] Table reproduction_table(const spec::StudySpec& study,
                                       const std::vector<std::string>& sets, std::uint64_t seed);

}  // namespace kvsim::report
