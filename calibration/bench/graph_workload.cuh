// Times a call by replaying CUDA graphs: t = (T(2R) - T(R)) / R, from a graph of R calls and one of
// 2R. What launching a graph and reading events costs is in both and cancels; what an engine pays
// per kernel inside a graph stays.
//
// Call i uses data set i mod S, so that none comes from L2. A kernel that waits lies in front of
// each replay: by the time it ends everything is enqueued, and the host never paces the GPU.
#pragma once

#include "calibration/bench/gpu.cuh"

namespace kvsim {
namespace bench {

class GraphWorkload : public Workload {
 public:
  explicit GraphWorkload(Gpu& gpu);
  ~GraphWorkload() override;

  double seconds_of_call() override;
  double now() override { return gpu_.now(); }
  void rest(double seconds) override;
  [[nodiscard]] int sets() const override { return sets_; }

 protected:
  /// Enqueues one call on data set `set`. Must not allocate or synchronise: it is captured.
  virtual void launch(cudaStream_t stream, int set) = 0;
  /// Data sets that there is room for, at least 1.
  [[nodiscard]] virtual int capacity() const = 0;
  /// HBM bytes of one call, by which the number of sets is chosen.
  [[nodiscard]] virtual std::int64_t bytes_of_set() const = 0;

  [[nodiscard]] Gpu& gpu() const { return gpu_; }
  /// Seconds from a first event to the end of one replay.
  double replay(cudaGraphExec_t graph, int calls);
  [[nodiscard]] cudaGraphExec_t capture(int first, int calls);

 private:
  void build();
  double rough_seconds();

  Gpu& gpu_;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
  cudaGraphExec_t shorter_ = nullptr;
  cudaGraphExec_t longer_ = nullptr;
  int calls_ = 0;
  int sets_ = 1;
};

/// Enqueues a kernel that waits.
void enqueue_wait(cudaStream_t stream, double seconds);

}  // namespace bench
}  // namespace kvsim
