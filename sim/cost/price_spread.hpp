// How far a price may be from what a server would measure: the spread that error bars are drawn
// from. Times are lognormal around the card's, so a spread is a standard deviation of ln(time).
//
//   own²     residual² − parameters² + stack²/2  of one operator: its shape, all run long
//   common²  parameters² + lent² + stack²/2      of all operators of one card
//
//   residual    the card's error on held-out shapes. It holds the uncertainty of the fitted
//               parameters already, so this is taken out of it and not added to it.
//   parameters  of `covariance`, carried to the operator's time at a typical batch
//   lent        what ChosenCard::error has beyond the residual (transfer_error.hpp)
//   stack       the card was measured on another framework or release than the study runs; in
//               halves, as between two frameworks' 16-bit products (mean 2 to 4 %, 4 % over shapes)
//
// A mean error m stands for m·√(π/2), the standard deviation of a normal error with that mean.
//
// Judgements, where nobody has measured: the table in reports/decisions/0011. Not covered: what no
// card prices (overlap of kernels, the scheduler's own differences), domains that are left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/card_book.hpp"
#include "sim/model/span.hpp"

namespace kvsim::cost {

struct PriceSpread {
  double common = 0;
  double own = 0;
};

/// Of `op`, priced by `chosen` in a study whose kernels are those of `stack`; `spans` are the
/// graph's.
[[nodiscard]] PriceSpread price_spread(const model::Operator& op, const ChosenCard& chosen,
                                       const spec::GpuSpec& gpu, std::string_view stack,
                                       const std::vector<model::Span>& spans);

/// Of the host's part of a step, in a study of `stack`.
[[nodiscard]] double host_spread(const ChosenCard& host, std::string_view stack);

/// Standard deviation of an error whose mean size is `mean_error`.
[[nodiscard]] double deviation_of(double mean_error);

/// Mean error to expect of a kernel of stack `measured` where `runs` runs: "vllm-0.19.0" where
/// "vllm-0.24.0" does. `eight_bit`: of fp8 or smaller.
[[nodiscard]] double stack_error(std::string_view measured, std::string_view runs,
                                 spec::CardOperator op, bool eight_bit);

}  // namespace kvsim::cost
