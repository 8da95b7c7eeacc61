// One thing to measure: an operator, its shape, the kernel to use, and what it must move and
// compute.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kvsim {
namespace bench {

enum class Op {
  StreamRead,
  StreamWrite,
  StreamCopy,
  L2Read,
  PageRead,
  DecodeAttention,
  DecodeAttentionMla,
  Gemm,
  KernelLaunch,
  GraphNode,
  HostToDevice,
  DeviceToHost,
};

[[nodiscard]] const char* name_of(Op op);
[[nodiscard]] const std::vector<Op>& all_ops();

/// What a sample is for. Cards are fitted to `Card`; `Ladder` compares kernels and layouts on the
/// same shape; `Mixed` batches have unequal contexts; `Machine` describes the card itself.
enum class Role { Card, Ladder, Mixed, Machine };
[[nodiscard]] const char* name_of(Role role);

struct Point {
  Op op = Op::StreamRead;
  Role role = Role::Machine;
  bool quick = false;  ///< in the short plan, too
  std::string dtype = "bf16";
  std::string kernel;  ///< asked for: naive, vector, mma, cublaslt, ...; empty: the default path
  std::vector<std::pair<std::string, std::int64_t>> shape;  ///< in this order in the CSV
  std::string mix;     ///< of contexts: empty (all equal), one-long, two-sizes, spread
  std::string layout;  ///< of the cache: nhd (vLLM), hnd

  /// Requires: the shape has it (checked).
  [[nodiscard]] std::int64_t operator[](const char* name) const;
  [[nodiscard]] std::int64_t value_or(const char* name, std::int64_t otherwise) const;
};

/// "batch=33 heads=64 kv_heads=8 head_dim=128 ctx=3017 page=16 layout=nhd"
[[nodiscard]] std::string shape_text(const Point& point);

/// Contexts of a decode batch; their mean is `ctx`, up to rounding.
[[nodiscard]] std::vector<int> contexts_of(const Point& point);

/// Compulsory traffic and arithmetic of one call, by sim/model/traffic.h. Launches move nothing.
[[nodiscard]] std::int64_t bytes_of(const Point& point);
[[nodiscard]] double flops_of(const Point& point);

/// KV cache that one call reads.
[[nodiscard]] std::int64_t cache_bytes(const Point& point);
/// Of one page, all heads, keys and values.
[[nodiscard]] std::int64_t page_bytes(const Point& point);

}  // namespace bench
}  // namespace kvsim
