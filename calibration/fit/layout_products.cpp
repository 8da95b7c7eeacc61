// Matrix products and routed experts.
#include <fmt/format.h>

#include "calibration/fit/sample_layout.hpp"
#include "sim/model/gemm.hpp"

namespace kvsim::fit {
namespace {

using model::OperatorKind;
using model::RowsOf;

Sample gemm(const Row& row, spec::Dtype dtype) {
  Sample sample;
  const std::int64_t matrices = row.value_or("matrices", 1);
  sample.op = model::gemm("", {"gemm", row["n"], row["k"], matrices, dtype}, RowsOf::StepTokens, 1);
  sample.batch.padded_tokens = row["m"];
  sample.shape = fmt::format("{} x {}{}", row["n"], row["k"],
                             matrices == 1 ? "" : fmt::format(" x {}", matrices));
  sample.regime = row["m"] <= 256 ? "m <= 256" : (row["m"] < 1024 ? "m < 1024" : "m >= 1024");
  return sample;
}

// Experts of two matrices instead of three: Nemotron's, without a gate. Counted with three, their
// rows would be above the HBM peak.
std::int64_t matrices_of(std::int64_t hidden, std::int64_t inter) {
  const bool ungated = (hidden == 2688 && inter == 1856) || (hidden == 2048 && inter == 5120) ||
                       (hidden == 1024 && inter == 2688);
  return ungated ? 2 : 3;
}

Sample moe(const Row& row, spec::Dtype dtype) {
  const std::int64_t hidden = row["hidden"];
  const std::int64_t width = row["inter"] / row.value_or("moe_tp", 1);
  const std::int64_t ranks = row.value_or("moe_ep", 1);
  const std::int64_t matrices = matrices_of(hidden, row["inter"]);
  Sample sample;
  sample.op.name = "experts";
  sample.op.kind = OperatorKind::Moe;
  sample.op.rows = RowsOf::StepTokens;
  sample.op.dtype = dtype;
  sample.op.experts = model::ExpertTraffic{row["experts"] / ranks,
                                           row["experts"],
                                           row["topk"],
                                           spec::bytes_of(dtype, matrices * hidden * width),
                                           {},
                                           true};
  sample.op.bytes_per_row = 2 * 2 * hidden;
  sample.op.flops_per_row = 2.0 * static_cast<double>(matrices * hidden * width * row["topk"]) /
                            static_cast<double>(ranks);
  sample.op.shape.n = width;
  sample.op.shape.k = hidden;
  sample.batch.padded_tokens = row["tokens"];
  sample.shape = fmt::format("{} x {} x {}", hidden, row["inter"], row["experts"]);
  sample.regime = row["tokens"] <= 256 ? "tokens <= 256" : "tokens > 256";
  return sample;
}

}  // namespace

std::vector<Layout> product_layouts() {
  using enum spec::CardOperator;
  return {{Gemm, {"m", "n", "k"}, {"matrices"}, "dtype", Repeats::RotateWeights, gemm},
          {Moe,
           {"tokens", "hidden", "inter", "topk", "experts"},
           {"moe_tp", "moe_ep"},
           "dtype",
           Repeats::RotateWeights,
           moe}};
}

}  // namespace kvsim::fit
