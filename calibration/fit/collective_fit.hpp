// The table of a collective: few points of the many that were measured.
//
// A larger message cannot be faster: t(size) = the least time of this and all larger messages. Of
// that, points at 256 B · 4^i per number of GPUs, and one at 8 MB, where algorithms change. Sizes
// between them judge the table.
#pragma once

#include "calibration/fit/samples.hpp"

namespace kvsim::fit {

struct CollectiveFit {
  spec::CollectiveForm form;
  Samples between;  ///< measured rows that are no points of the table
  int knots = 0;
};

[[nodiscard]] CollectiveFit fit_collective(const Samples& samples);

}  // namespace kvsim::fit
