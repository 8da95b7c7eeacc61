// What a launch costs, from the host and inside a graph; and copies over the bus. All-reduce over
// several GPUs belongs here too, and is not measured yet.
#include <algorithm>

#include "calibration/bench/graph_workload.cuh"
#include "calibration/bench/workloads.cuh"

namespace kvsim {
namespace bench {
namespace {

__global__ void empty_kernel() {}

// One launch, paced by the host: the slope of a long chain.
class LaunchWorkload final : public GraphWorkload {
 public:
  using GraphWorkload::GraphWorkload;
  double seconds_of_call() override {
    constexpr int kLaunches = 1000;
    const double once = chain(kLaunches);
    return (chain(2 * kLaunches) - once) / kLaunches;
  }
  [[nodiscard]] std::string kernel() const override { return "empty"; }

 protected:
  void launch(cudaStream_t stream, int) override { empty_kernel<<<1, 1, 0, stream>>>(); }
  [[nodiscard]] int capacity() const override { return 1; }
  [[nodiscard]] std::int64_t bytes_of_set() const override { return 1; }

 private:
  double chain(int launches) {
    const cudaStream_t stream = gpu().stream();
    check(cudaStreamSynchronize(stream), "empty_kernel");
    const double begin = gpu().now();
    for (int i = 0; i < launches; ++i) {
      empty_kernel<<<1, 1, 0, stream>>>();
    }
    check_launch("empty_kernel");
    check(cudaStreamSynchronize(stream), "empty_kernel");
    return gpu().now() - begin;
  }
};

// A whole graph of n empty nodes: intercept and slope over n are the fit's to find.
class NodesWorkload final : public GraphWorkload {
 public:
  NodesWorkload(Gpu& gpu, int nodes)
      : GraphWorkload(gpu), nodes_(nodes), graph_(capture(0, nodes)) {
    replay(graph_, nodes_);
  }
  ~NodesWorkload() override { cudaGraphExecDestroy(graph_); }
  double seconds_of_call() override { return replay(graph_, nodes_); }
  [[nodiscard]] std::string kernel() const override { return "empty"; }

 protected:
  void launch(cudaStream_t stream, int) override { empty_kernel<<<1, 1, 0, stream>>>(); }
  [[nodiscard]] int capacity() const override { return 1; }
  [[nodiscard]] std::int64_t bytes_of_set() const override { return 1; }

 private:
  int nodes_;
  cudaGraphExec_t graph_;
};

class CopyWorkload final : public GraphWorkload {
 public:
  CopyWorkload(Gpu& gpu, const Point& point)
      : GraphWorkload(gpu),
        to_device_(point.op == Op::HostToDevice),
        size_(static_cast<std::size_t>(point["size"])),
        device_(size_) {
    check(cudaMallocHost(&host_, size_), "cudaMallocHost");
    std::fill_n(static_cast<unsigned char*>(host_), size_, static_cast<unsigned char>(0x5a));
  }
  ~CopyWorkload() override { cudaFreeHost(host_); }
  [[nodiscard]] std::string kernel() const override { return "cudaMemcpyAsync-pinned"; }

 protected:
  void launch(cudaStream_t stream, int) override {
    if (to_device_) {
      check(cudaMemcpyAsync(device_.get(), host_, size_, cudaMemcpyHostToDevice, stream), "copy");
    } else {
      check(cudaMemcpyAsync(host_, device_.get(), size_, cudaMemcpyDeviceToHost, stream), "copy");
    }
  }
  [[nodiscard]] int capacity() const override { return 1; }
  [[nodiscard]] std::int64_t bytes_of_set() const override {
    return static_cast<std::int64_t>(size_);
  }

 private:
  bool to_device_;
  std::size_t size_;
  Buffer<unsigned char> device_;
  void* host_ = nullptr;
};

}  // namespace

std::unique_ptr<Workload> make_launch_or_copy(Gpu& gpu, const Point& point) {
  switch (point.op) {
    case Op::KernelLaunch:
      return std::make_unique<LaunchWorkload>(gpu);
    case Op::GraphNode:
      return std::make_unique<NodesWorkload>(gpu, static_cast<int>(point["nodes"]));
    default:
      return std::make_unique<CopyWorkload>(gpu, point);
  }
}

}  // namespace bench
}  // namespace kvsim
