#include "calibration/bench/graph_workload.cuh"

#include <algorithm>
#include <chrono>
#include <thread>

namespace kvsim {
namespace bench {
namespace {

// What the host needs to enqueue two events and a graph, with room: a launch of a graph was seen to
// take 5 to 10 us, and some 50 ns more per node.
constexpr double kEnqueueSeconds = 40e-6;
constexpr double kEnqueueSecondsPerCall = 0.2e-6;
constexpr int kRoughCalls = 3;

__global__ void wait_kernel(unsigned long long nanoseconds) {
  unsigned long long begin = 0;
  unsigned long long now = 0;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(begin));
  do {
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  } while (now - begin < nanoseconds);
}

double seconds_between(cudaEvent_t begin, cudaEvent_t end) {
  check(cudaEventSynchronize(end), "a kernel of this point");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, begin, end), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) * 1e-3;
}

}  // namespace

void enqueue_wait(cudaStream_t stream, double seconds) {
  wait_kernel<<<1, 1, 0, stream>>>(static_cast<unsigned long long>(seconds * 1e9));
  check_launch("wait_kernel");
}

GraphWorkload::GraphWorkload(Gpu& gpu) : gpu_(gpu) {
  check(cudaEventCreate(&begin_), "cudaEventCreate");
  check(cudaEventCreate(&end_), "cudaEventCreate");
}

GraphWorkload::~GraphWorkload() {
  if (shorter_ != nullptr) {
    cudaGraphExecDestroy(shorter_);
  }
  if (longer_ != nullptr) {
    cudaGraphExecDestroy(longer_);
  }
  cudaEventDestroy(begin_);
  cudaEventDestroy(end_);
}

// Loads the kernels' code, and tells how many calls a replay needs. At most as many sets as calls
// are touched; the host's launches are in it, so a short call is taken for longer than it is.
double GraphWorkload::rough_seconds() {
  const cudaStream_t stream = gpu_.stream();
  launch(stream, 0);
  check_launch("the first call of this point");
  check(cudaStreamSynchronize(stream), "the first call of this point");
  enqueue_wait(stream, kEnqueueSeconds);
  check(cudaEventRecord(begin_, stream), "cudaEventRecord");
  for (int i = 0; i < kRoughCalls; ++i) {
    launch(stream, (1 + i) % capacity());
  }
  check(cudaEventRecord(end_, stream), "cudaEventRecord");
  return seconds_between(begin_, end_) / kRoughCalls;
}

cudaGraphExec_t GraphWorkload::capture(int first, int calls) {
  const cudaStream_t stream = gpu_.stream();
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "begin of capture");
  for (int i = 0; i < calls; ++i) {
    launch(stream, (first + i) % sets_);
  }
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream, &graph), "end of capture");
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
  cudaGraphDestroy(graph);
  check(cudaGraphUpload(executable, stream), "cudaGraphUpload");
  return executable;
}

void GraphWorkload::build() {
  // Buffers were filled on the legacy stream, which ours does not wait for.
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  calls_ = calls_in_replay(rough_seconds());
  const std::int64_t wanted = kReuseDistance / std::max<std::int64_t>(1, bytes_of_set()) + 2;
  sets_ = static_cast<int>(
      std::max<std::int64_t>(1, std::min<std::int64_t>({wanted, capacity(), 3 * calls_})));
  shorter_ = capture(0, calls_);
  longer_ = capture(calls_, 2 * calls_);
  replay(shorter_, calls_);
  replay(longer_, 2 * calls_);
}

double GraphWorkload::replay(cudaGraphExec_t graph, int calls) {
  const cudaStream_t stream = gpu_.stream();
  enqueue_wait(stream, kEnqueueSeconds + kEnqueueSecondsPerCall * calls);
  check(cudaEventRecord(begin_, stream), "cudaEventRecord");
  check(cudaGraphLaunch(graph, stream), "cudaGraphLaunch");
  check(cudaEventRecord(end_, stream), "cudaEventRecord");
  return seconds_between(begin_, end_);
}

double GraphWorkload::seconds_of_call() {
  if (shorter_ == nullptr) {
    build();
  }
  const double once = replay(shorter_, calls_);
  const double twice = replay(longer_, 2 * calls_);
  return (twice - once) / calls_;
}

void GraphWorkload::rest(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace bench
}  // namespace kvsim
