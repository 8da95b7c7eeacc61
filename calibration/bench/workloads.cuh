// Points made ready on a GPU, one maker per family. All throw Unsupported where a point cannot run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibration/bench/gpu.cuh"

namespace kvsim {
namespace bench {

[[nodiscard]] std::unique_ptr<Workload> make_stream(Gpu& gpu, const Point& point);
[[nodiscard]] std::unique_ptr<Workload> make_decode(Gpu& gpu, const Point& point);
[[nodiscard]] std::unique_ptr<Workload> make_gemm(Gpu& gpu, const Point& point);
[[nodiscard]] std::unique_ptr<Workload> make_launch_or_copy(Gpu& gpu, const Point& point);

/// As cublasLtGetVersion gives it; 0: the library is not there.
[[nodiscard]] double cublaslt_version();

/// One checked kernel: what, how far off, how far is accepted.
struct Verdict {
  std::string what;
  double error = 0;
  double accepted = 0;
  [[nodiscard]] bool holds() const { return error <= accepted; }  // false for NaN
};
/// `least`: the smallest problems that still pass every branch, for compute-sanitizer.
[[nodiscard]] std::vector<Verdict> verify_streams(Gpu& gpu, bool least);
[[nodiscard]] std::vector<Verdict> verify_decode(Gpu& gpu, bool least);
[[nodiscard]] std::vector<Verdict> verify_gemm(Gpu& gpu, bool least);

}  // namespace bench
}  // namespace kvsim
