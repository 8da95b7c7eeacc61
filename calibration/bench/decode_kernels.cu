#include "calibration/bench/decode_kernels.cuh"

#include "calibration/kernels/decode_mla_mma.cuh"
#include "calibration/kernels/paged_decode_mma.cuh"
#include "calibration/kernels/paged_decode_simple.cuh"

namespace kvsim {
namespace bench {
namespace {

template <int kDim, int kFragments, int kStages>
DecodeKernel mma() {
  using Shape = kernels::DecodeMmaShape<kDim, kFragments, kStages>;
  return {"mma",
          kernels::paged_decode_mma<kDim, kFragments, kStages>,
          kDim,
          kDim,
          Shape::kRows,
          kStages,
          kernels::kTileTokens,
          32 * kernels::kDecodeWarps,
          kernels::kDecodeWarps,
          Shape::kSharedBytes};
}

template <int kDim, int kGroup>
DecodeKernel vector() {
  return {"vector",
          kernels::paged_decode_vector<kDim, kGroup>,
          kDim,
          kDim,
          kGroup,
          0,
          kernels::kTileTokens,
          32 * kernels::kVectorWarps,
          kernels::kVectorWarps,
          0};
}

template <int kDim>
DecodeKernel naive() {
  return {"naive",
          kernels::paged_decode_naive<kDim>,
          kDim,
          kDim,
          1,
          0,
          kernels::kTileTokens,
          32 * kernels::kNaiveWarps,
          0,
          kernels::naive_shared_bytes(kDim)};
}

template <int kStages>
DecodeKernel mla() {
  return {"mla",
          kernels::decode_mla_mma<kStages>,
          kernels::kMlaWidth,
          kernels::kMlaValues,
          kernels::kMlaRows,
          kStages,
          kernels::kMlaTokens,
          32 * kernels::kMlaWarps,
          1,
          kernels::mla_shared_bytes(kStages)};
}

}  // namespace

std::string DecodeKernel::path() const {
  std::string text = family;
  if (unit_rows > 1 || stages > 0) {
    text += "-" + std::to_string(unit_rows) + "rows";
  }
  if (stages > 0) {
    text += "-" + std::to_string(stages) + "stages";
  }
  return text;
}

// Rings: the deepest for 227 KB a block (sm_90, sm_100), then 163 KB (sm_80), then 99 KB (sm_86,
// sm_89, sm_120; CUDA C++ Programming Guide, table "Technical Specifications per Compute
// Capability").
const std::vector<DecodeKernel>& decode_kernels() {
  static const std::vector<DecodeKernel> kKernels = {
      mma<64, 1, 4>(),  mma<64, 2, 4>(),  mma<128, 1, 3>(), mma<128, 1, 2>(), mma<128, 2, 5>(),
      mma<128, 2, 3>(), mma<256, 1, 3>(), mma<256, 1, 2>(), vector<64, 1>(),  vector<64, 2>(),
      vector<128, 1>(), vector<128, 2>(), vector<256, 1>(), vector<256, 2>(), naive<64>(),
      naive<128>(),     naive<256>(),     mla<5>(),         mla<3>(),         mla<2>()};
  return kKernels;
}

const DecodeKernel* choose_decode(const std::string& family, int dim, int group, int shared_bytes) {
  const DecodeKernel* best = nullptr;
  for (const DecodeKernel& kernel : decode_kernels()) {
    if (kernel.family != family || kernel.dim != dim || kernel.shared_bytes > shared_bytes) {
      continue;
    }
    // Fewest passes over the cache, then the smallest unit, then the deepest ring.
    const auto passes = [&](const DecodeKernel& k) {
      return (group + k.unit_rows - 1) / k.unit_rows;
    };
    const bool better = best == nullptr || passes(kernel) < passes(*best) ||
                        (passes(kernel) == passes(*best) &&
                         (kernel.unit_rows < best->unit_rows ||
                          (kernel.unit_rows == best->unit_rows && kernel.stages > best->stages)));
    if (better) {
      best = &kernel;
    }
  }
  return best;
}

}  // namespace bench
}  // namespace kvsim
