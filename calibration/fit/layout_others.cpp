// Collectives and element-wise kernels.
#include <fmt/format.h>

#include "calibration/fit/sample_layout.hpp"

namespace kvsim::fit {
namespace {

using model::OperatorKind;
using model::RowsOf;

// `elements` are those of the whole message: of a gather's result, of what is reduced (nccl-tests).
Sample collective(const Row& row, spec::Dtype dtype) {
  const std::int64_t each = spec::bytes_of(dtype, 1);
  Sample sample;
  sample.op.name = "collective";
  sample.op.kind = OperatorKind::AllReduce;  // all collectives are priced alike, by their table
  sample.op.rows = RowsOf::StepTokens;
  sample.op.dtype = dtype;
  sample.op.bytes_per_row = each;
  sample.op.ranks = row["n_gpus"];
  sample.batch.padded_tokens = row["elements"];
  sample.shape = fmt::format("{} B", row["elements"] * each);
  sample.regime = fmt::format("{} GPUs", row["n_gpus"]);
  return sample;
}

Sample element_wise(const Row& row, spec::Dtype dtype) {
  Sample sample;
  sample.op.name = "element_wise";
  sample.op.kind = OperatorKind::ElementWise;
  sample.op.rows = RowsOf::StepTokens;
  sample.op.dtype = dtype;
  sample.op.bytes_per_row = row["bytes_per_row"];
  sample.batch.padded_tokens = row["rows"];
  sample.shape = fmt::format("{} rows", row["rows"]);  // one width per table
  sample.regime = row["rows"] <= 256 ? "rows <= 256" : "rows > 256";
  return sample;
}

}  // namespace

std::vector<Layout> other_layouts() {
  using enum spec::CardOperator;
  std::vector<Layout> all;
  const std::vector<std::pair<spec::CardOperator, std::vector<std::string_view>>> collectives = {
      {AllReduce, {"all_reduce", "allreduce"}},
      {AllGather, {"all_gather", "allgather"}},
      {ReduceScatter, {"reduce_scatter", "reducescatter"}},
      {AllToAll, {"all_to_all", "alltoall"}}};
  for (const auto& [op, names] : collectives) {
    all.push_back(
        {op, {"n_gpus", "elements"}, {}, "dtype", Repeats::RotateWeights, collective, names});
  }
  for (const spec::CardOperator op : {ElementWise, Embedding, Sampling}) {
    all.push_back(
        {op, {"rows", "bytes_per_row"}, {}, "dtype", Repeats::RereadActivations, element_wise});
  }
  return all;
}

}  // namespace kvsim::fit
