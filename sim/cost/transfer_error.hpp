// How far off a card is on a GPU that it was not measured on.
//
// Cards say how far off they were on other GPUs with tables of their own (residuals by "transfer").
// The more unlike two GPUs are, the more of that error is expected:
//
//   error² = own² + measured²·min(1, u / u of the measured pair)
//
// with u the sum of squared logarithms of the ratios of peak bandwidth, peak rate and SMs. From
// H100 to A100 it is 1.6, from H100 to H200 0.13. That the error follows u is a judgement: with two
// GPUs of the same generation measured, it could be replaced by a figure.
#pragma once

#include <optional>
#include <vector>

#include "sim/spec/card.hpp"
#include "sim/spec/gpu.hpp"

namespace kvsim::cost {

/// u of the above; 0 for GPUs with the same peaks.
[[nodiscard]] double unlikeness(const spec::CardGpu& from, const spec::GpuSpec& to);

/// Mean relative error to expect of `card` on `gpu`. Of a card without a transfer of its own, the
/// mean of the transfers of the same operator among `cards`, or else of all operators. A collective
/// is lent over a like link only and keeps its error. Absent where the card itself has no error, or
/// nobody has measured a transfer.
[[nodiscard]] std::optional<double> transfer_error(const spec::CardSpec& card,
                                                   const spec::GpuSpec& gpu,
                                                   const std::vector<spec::CardSpec>& cards);

}  // namespace kvsim::cost
