// Errors of CUDA as exceptions, and device memory that frees itself.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace kvsim {
namespace bench {

struct CudaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    throw CudaError(std::string(what) + ": " + cudaGetErrorString(status));
  }
}

/// After a launch: what the launch itself did wrong.
inline void check_launch(const char* what) { check(cudaGetLastError(), what); }

template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t count) : count_(count) {
    if (count > 0) {
      check(cudaMalloc(&data_, count * sizeof(T)), "cudaMalloc");
    }
  }
  explicit Buffer(const std::vector<T>& values) : Buffer(values.size()) { upload(values); }
  ~Buffer() { cudaFree(data_); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] T* get() const { return static_cast<T*>(data_); }
  [[nodiscard]] std::size_t size() const { return count_; }

  void upload(const std::vector<T>& values) {
    if (!values.empty()) {
      check(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
            "copy to the GPU");
    }
  }
  [[nodiscard]] std::vector<T> download() const {
    std::vector<T> values(count_);
    if (count_ > 0) {
      check(cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost),
            "copy from the GPU");
    }
    return values;
  }
  /// Every byte 0xff: floats and bf16 are NaN.
  void poison() {
    if (count_ > 0) {
      check(cudaMemset(data_, 0xff, count_ * sizeof(T)), "cudaMemset");
    }
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
  }
  void* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace bench
}  // namespace kvsim
