#include "sim/model/gemm.hpp"

#include "sim/model/traffic.h"

namespace kvsim::model {

Operator gemm(const std::string& prefix, const Matrix& matrix, RowsOf rows, std::int64_t calls) {
  Operator op;
  op.name = prefix + matrix.name;
  op.kind = OperatorKind::Gemm;
  op.rows = rows;
  op.dtype = matrix.dtype;
  op.calls = calls;
  op.weight_bytes = bytes(matrix);
  op.bytes_per_row = traffic::gemm_io_bytes_per_row(matrix.n, matrix.k) * matrix.count;
  op.shape.n = matrix.n;
  op.shape.k = matrix.k;
  op.flops_per_row =
      traffic::gemm_flops_per_row(matrix.n, matrix.k) * static_cast<double>(matrix.count);
  return op;
}

}  // namespace kvsim::model
