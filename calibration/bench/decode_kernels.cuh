// Every compiled decode kernel, and which one a shape gets on a GPU.
#pragma once

#include <string>
#include <vector>

#include "calibration/kernels/decode_call.hpp"

namespace kvsim {
namespace bench {

struct DecodeKernel {
  std::string family;  ///< naive, vector, mma, mla
  void (*function)(kernels::DecodeCall) = nullptr;
  int dim = 0;        ///< of queries and keys
  int value_dim = 0;  ///< of results
  int unit_rows = 1;  ///< query heads of one unit
  int stages = 0;     ///< tiles under way, and one being read; 0: no ring
  int tile_tokens = 16;
  int threads = 128;
  int workers_of_block = 1;
  int shared_bytes = 0;

  /// "mma-16x1-3": rows per fragment x fragments, stages.
  [[nodiscard]] std::string path() const;
};

[[nodiscard]] const std::vector<DecodeKernel>& decode_kernels();

/// The deepest ring that fits `shared_bytes`, with units no larger than the group needs; nullptr
/// where nothing fits.
[[nodiscard]] const DecodeKernel* choose_decode(const std::string& family, int dim, int group,
                                                int shared_bytes);

}  // namespace bench
}  // namespace kvsim
