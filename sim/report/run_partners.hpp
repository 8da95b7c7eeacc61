// Which runs of two results belong together. Internal to the room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/report/result_reader.hpp"

namespace kvsim::report {

struct Partners {
  std::vector<bool> taken_a, taken_b;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  ///< positions, in A's order
};

/// By id; what is left by variant, where each side has one left of it; one run and one run always.
[[nodiscard]] Partners partners_of(const std::vector<ReadRun>& a, const std::vector<ReadRun>& b);

[[nodiscard]] std::vector<std::string> ids_left(const std::vector<ReadRun>& runs,
                                                const std::vector<bool>& taken);

}  // namespace kvsim::report
