// A matrix product as an operator.
#pragma once

#include <string>

#include "sim/model/operators.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::model {

/// y[rows, n] = x[rows, k] · W with W = `matrix` (its `count` matrices applied side by side).
[[nodiscard]] Operator gemm(const std::string& prefix, const Matrix& matrix, RowsOf rows,
                            std::int64_t calls);

}  // namespace kvsim::model
