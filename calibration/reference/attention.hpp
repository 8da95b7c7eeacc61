// Decode attention from its definition, in double precision and two passes. Slow and obvious.
//
//   out = sum_t softmax(scale · q·k_t) · v_t       over the tokens of one sequence
//
// Reads the very pages that the kernel reads, through the same table. Tolerance of a bf16 kernel
// against it, by norm of a row: weights are rounded to bf16 before P·V (2^-9 = 2e-3 at most, random
// in sign, so about 1e-3 after the sum), the result once more (1.1e-3 rms); sums are fp32, whose
// error over 131,072 positive terms is below 1e-5. Together 1.1e-3 to 1.7e-3; accepted: 4e-3.
#pragma once

#include <cstdint>
#include <vector>

#include "calibration/kernels/decode_call.hpp"

namespace kvsim {
namespace reference {

/// Accepted |out - reference| / |reference| of one row; see above.
inline constexpr double kAttentionTolerance = 4e-3;

/// One query against `tokens` tokens: `dim` columns of keys, the first `value_dim` of values.
/// Empty sequences give zeros. `scale` as in DecodeCall, with log2(e).
[[nodiscard]] std::vector<double> attend(const kernels::PagedCache& cache, int sequence,
                                         int kv_head, int tokens, const kernels::Bf16* query,
                                         int dim, int value_dim, double scale);

/// |a - b| / |b|; where b is zero, |a|. Not a number where either holds none.
[[nodiscard]] double relative_error(const std::vector<double>& a, const std::vector<double>& b);

/// Results of pieces of a row, normalised, with log2 of their sums of exponentials, as one.
[[nodiscard]] std::vector<double> merge(const std::vector<std::vector<double>>& pieces,
                                        const std::vector<double>& log2_sums);

/// One entry of y[m, n] = x[m, k] · w[n, k]^T.
[[nodiscard]] double product_entry(const kernels::Bf16* x_row, const kernels::Bf16* w_row, int k);

/// The value of an e4m3 code (1 sign, 4 exponent bits of bias 7, 3 mantissa bits; OCP 8-bit
/// Floating Point Specification, revision 1.0).
[[nodiscard]] double e4m3_value(std::uint8_t code);

}  // namespace reference
}  // namespace kvsim
