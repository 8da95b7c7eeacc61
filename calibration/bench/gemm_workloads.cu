// Matrix products by cuBLASLt: y[m, n] = x[m, k] · W[n, k]^T with cold weights.
//
// Row-major y is column-major D[n, m] = W · x with W transposed ("TN"), the only form that fp8
// takes. Weights take turns, x stays: an engine has just written it. The first algorithm of the
// heuristic is timed, which is what frameworks run. The library is loaded at run time: a machine
// without it measures everything else.
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "calibration/bench/graph_workload.cuh"
#include "calibration/bench/workloads.cuh"
#include "calibration/reference/attention.hpp"

#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
#define KVSIM_HAS_CUBLASLT 1
#endif

namespace kvsim {
namespace bench {

#if defined(KVSIM_HAS_CUBLASLT)
namespace {

constexpr std::size_t kWorkspace = std::size_t{32} << 20;  // what PyTorch gives cuBLASLt on Hopper
constexpr int kMostSets = 600;
// Of |y - reference| / |reference| over sampled entries: products are exact in fp32, the sum over k
// is not worse than 1e-5, rounding y to bf16 leaves 1.1e-3 (rms of 2^-9 uniform). fp8 products with
// fast accumulation keep 14 bits of their sums (DeepSeek-V3, arXiv:2412.19437, section 3.3.2).
constexpr double kBf16Tolerance = 3e-3;
constexpr double kFp8Tolerance = 2e-2;

struct Library {
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtGetVersion) version = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) algorithm_attribute = nullptr;
  decltype(&cublasLtMatmulDescCreate) create_operation = nullptr;
  decltype(&cublasLtMatmulDescDestroy) destroy_operation = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) set_operation = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) create_layout = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) destroy_layout = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) create_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) destroy_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
  bool complete = false;

  template <class Function>
  void find(void* handle, Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(handle, name));
    complete = complete && function != nullptr;
  }
};

const Library& library() {
  static const Library kLibrary = [] {
    Library lib;
    const std::string name = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
    void* handle = nullptr;
    for (const char* folder :
         {"", "/usr/local/cuda/lib64/", "/usr/local/cuda/targets/x86_64-linux/lib/"}) {
      handle = handle != nullptr
                   ? handle
                   : dlopen((std::string(folder) + name).c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == nullptr) {
      return lib;
    }
    lib.complete = true;
    lib.find(handle, lib.create, "cublasLtCreate");
    lib.find(handle, lib.destroy, "cublasLtDestroy");
    lib.find(handle, lib.version, "cublasLtGetVersion");
    lib.find(handle, lib.matmul, "cublasLtMatmul");
    lib.find(handle, lib.heuristic, "cublasLtMatmulAlgoGetHeuristic");
    lib.find(handle, lib.algorithm_attribute, "cublasLtMatmulAlgoConfigGetAttribute");
    lib.find(handle, lib.create_operation, "cublasLtMatmulDescCreate");
    lib.find(handle, lib.destroy_operation, "cublasLtMatmulDescDestroy");
    lib.find(handle, lib.set_operation, "cublasLtMatmulDescSetAttribute");
    lib.find(handle, lib.create_layout, "cublasLtMatrixLayoutCreate");
    lib.find(handle, lib.destroy_layout, "cublasLtMatrixLayoutDestroy");
    lib.find(handle, lib.create_preference, "cublasLtMatmulPreferenceCreate");
    lib.find(handle, lib.destroy_preference, "cublasLtMatmulPreferenceDestroy");
    lib.find(handle, lib.set_preference, "cublasLtMatmulPreferenceSetAttribute");
    return lib;
  }();
  if (!kLibrary.complete) {
    throw Unsupported("libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR) + " was not found");
  }
  return kLibrary;
}

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    throw Unsupported(std::string(what) + ": cuBLAS status " +
                      std::to_string(static_cast<int>(status)));
  }
}

// One handle for the process: creating it loads hundreds of megabytes.
cublasLtHandle_t handle() {
  static cublasLtHandle_t shared = [] {
    cublasLtHandle_t created = nullptr;
    check(library().create(&created), "cublasLtCreate");
    return created;
  }();
  return shared;
}

struct Sizes {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  bool fp8;
};

class Product {
 public:
  explicit Product(const Sizes& sizes) : sizes_(sizes), workspace_(kWorkspace) {
    const cudaDataType_t in = sizes.fp8 ? CUDA_R_8F_E4M3 : CUDA_R_16BF;
    const Library& lib = library();
    check(lib.create_operation(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F), "MatmulDescCreate");
    set(CUBLASLT_MATMUL_DESC_TRANSA, static_cast<std::int32_t>(CUBLAS_OP_T));
    set(CUBLASLT_MATMUL_DESC_TRANSB, static_cast<std::int32_t>(CUBLAS_OP_N));
    if (sizes.fp8) {
      scale_ = Buffer<float>(std::vector<float>{1.0F});
      const void* scale = scale_.get();
      set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, scale);
      set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, scale);
      set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, static_cast<std::int8_t>(1));  // as vLLM does
    }
    check(lib.create_layout(&w_, in, static_cast<std::uint64_t>(sizes.k),
                            static_cast<std::uint64_t>(sizes.n), sizes.k),
          "layout of W");
    check(lib.create_layout(&x_, in, static_cast<std::uint64_t>(sizes.k),
                            static_cast<std::uint64_t>(sizes.m), sizes.k),
          "layout of x");
    check(lib.create_layout(&y_, CUDA_R_16BF, static_cast<std::uint64_t>(sizes.n),
                            static_cast<std::uint64_t>(sizes.m), sizes.n),
          "layout of y");
    choose_algorithm();
  }

  ~Product() {
    const Library& lib = library();
    lib.destroy_layout(w_);
    lib.destroy_layout(x_);
    lib.destroy_layout(y_);
    lib.destroy_operation(operation_);
  }
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  void launch(cudaStream_t stream, const void* w, const void* x, void* y) const {
    const float one = 1;
    const float zero = 0;
    check(library().matmul(handle(), operation_, &one, w, w_, x, x_, &zero, y, y_, y, y_,
                           &algorithm_, workspace_.get(), kWorkspace, stream),
          "cublasLtMatmul");
  }

  /// "cublaslt:algo66:tile20:splitk1"
  [[nodiscard]] std::string path() const {
    return "cublaslt:algo" + std::to_string(value_of(CUBLASLT_ALGO_CONFIG_ID)) + ":tile" +
           std::to_string(value_of(CUBLASLT_ALGO_CONFIG_TILE_ID)) + ":splitk" +
           std::to_string(value_of(CUBLASLT_ALGO_CONFIG_SPLITK_NUM));
  }

 private:
  template <class Value>
  void set(cublasLtMatmulDescAttributes_t attribute, Value value) {
    check(library().set_operation(operation_, attribute, &value, sizeof value),
          "MatmulDescSetAttribute");
  }

  [[nodiscard]] int value_of(cublasLtMatmulAlgoConfigAttributes_t attribute) const {
    std::int32_t value = -1;
    std::size_t written = 0;
    library().algorithm_attribute(&algorithm_, attribute, &value, sizeof value, &written);
    return value;
  }

  void choose_algorithm() {
    const Library& lib = library();
    cublasLtMatmulPreference_t preference = nullptr;
    check(lib.create_preference(&preference), "MatmulPreferenceCreate");
    const std::uint64_t workspace = kWorkspace;
    check(lib.set_preference(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace,
                             sizeof workspace),
          "MatmulPreferenceSetAttribute");
    std::array<cublasLtMatmulHeuristicResult_t, 1> found{};
    int count = 0;
    const cublasStatus_t status =
        lib.heuristic(handle(), operation_, w_, x_, y_, y_, preference, 1, found.data(), &count);
    lib.destroy_preference(preference);
    if (status != CUBLAS_STATUS_SUCCESS || count == 0) {
      throw Unsupported("cuBLASLt has no algorithm for this product here (status " +
                        std::to_string(static_cast<int>(status)) + ")");
    }
    algorithm_ = found[0].algo;
  }

  Sizes sizes_;
  Buffer<unsigned char> workspace_;
  Buffer<float> scale_;
  cublasLtMatmulDesc_t operation_ = nullptr;
  cublasLtMatrixLayout_t w_ = nullptr;
  cublasLtMatrixLayout_t x_ = nullptr;
  cublasLtMatrixLayout_t y_ = nullptr;
  cublasLtMatmulAlgo_t algorithm_{};
};

class GemmWorkload final : public GraphWorkload {
 public:
  GemmWorkload(Gpu& gpu, const Sizes& sizes) : GraphWorkload(gpu), sizes_(sizes), product_(sizes) {
    const std::int64_t element = sizes.fp8 ? 1 : 2;
    pool_ = sizes.fp8 ? gpu.fp8_pool() : reinterpret_cast<std::uint8_t*>(gpu.pool());
    const std::int64_t there = sizes.fp8 ? gpu.fp8_pool_bytes() : gpu.pool_bytes();
    x_bytes_ = (sizes.m * sizes.k * element + 255) / 256 * 256;
    w_bytes_ = sizes.n * sizes.k * element;
    const std::int64_t rooms = (there - x_bytes_) / w_bytes_;
    if (rooms < 1) {
      throw Unsupported("larger than the pool of this GPU");
    }
    capacity_ = static_cast<int>(std::min<std::int64_t>(rooms, kMostSets));
    y_ = gpu.scratch(static_cast<std::size_t>(sizes.m * sizes.n) * 2);
  }

  [[nodiscard]] std::string kernel() const override { return product_.path(); }
  [[nodiscard]] int capacity() const override { return capacity_; }
  [[nodiscard]] std::int64_t bytes_of_set() const override { return w_bytes_; }
  void launch(cudaStream_t stream, int set) override {
    product_.launch(stream, weights(set), pool_, y_);
  }

  /// Over some sixty entries of y, of set `set`.
  [[nodiscard]] double error_of(int set) {
    check(cudaMemset(y_, 0xff, static_cast<std::size_t>(sizes_.m * sizes_.n) * 2), "cudaMemset");
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    launch(gpu().stream(), set);
    check(cudaStreamSynchronize(gpu().stream()), "cublasLtMatmul");
    std::vector<double> got;
    std::vector<double> expected;
    for (std::int64_t i = 0; i < 64; ++i) {
      const std::int64_t row = i * 7919 % sizes_.m;
      const std::int64_t column = i * 104729 % sizes_.n;
      kernels::Bf16 value = 0;
      fetch(&value, static_cast<const kernels::Bf16*>(y_) + row * sizes_.n + column, 2);
      got.push_back(static_cast<double>(kernels::to_float(value)));
      expected.push_back(dot(pool_, row, weights(set), column));
    }
    return reference::relative_error(got, expected);
  }

 private:
  using GraphWorkload::launch;
  static void check(cudaError_t status, const char* what) { bench::check(status, what); }

  [[nodiscard]] std::uint8_t* weights(int set) const { return pool_ + x_bytes_ + set * w_bytes_; }

  static void fetch(void* to, const void* from, std::size_t bytes) {
    check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "copy from the GPU");
  }

  // Row `row` of x with row `column` of W, in double.
  [[nodiscard]] double dot(const std::uint8_t* x, std::int64_t row, const std::uint8_t* w,
                           std::int64_t column) const {
    const auto k = static_cast<std::size_t>(sizes_.k);
    const std::size_t bytes = k * (sizes_.fp8 ? 1 : 2);
    std::vector<std::uint8_t> left(bytes);
    std::vector<std::uint8_t> right(bytes);
    fetch(left.data(), x + static_cast<std::size_t>(row) * bytes, bytes);
    fetch(right.data(), w + static_cast<std::size_t>(column) * bytes, bytes);
    if (!sizes_.fp8) {
      return reference::product_entry(reinterpret_cast<const kernels::Bf16*>(left.data()),
                                      reinterpret_cast<const kernels::Bf16*>(right.data()),
                                      static_cast<int>(sizes_.k));
    }
    double sum = 0;
    for (std::size_t i = 0; i < k; ++i) {
      sum += reference::e4m3_value(left[i]) * reference::e4m3_value(right[i]);
    }
    return sum;
  }

  Sizes sizes_;
  Product product_;
  std::uint8_t* pool_ = nullptr;
  std::int64_t x_bytes_ = 0;
  std::int64_t w_bytes_ = 0;
  int capacity_ = 1;
  void* y_ = nullptr;
};

}  // namespace

std::unique_ptr<Workload> make_gemm(Gpu& gpu, const Point& point) {
  const bool fp8 = point.dtype == "fp8";
  const int capability = gpu.facts().major * 10 + gpu.facts().minor;
  if (fp8 && capability < 89) {
    throw Unsupported("fp8 products begin with compute capability 8.9");
  }
  return std::make_unique<GemmWorkload>(gpu, Sizes{point["m"], point["n"], point["k"], fp8});
}

double cublaslt_version() {
  try {
    return static_cast<double>(library().version());
  } catch (const Unsupported&) {
    return 0;
  }
}

std::vector<Verdict> verify_gemm(Gpu& gpu, bool least) {
  if (least) {
    return {};  // the library's own kernels
  }
  std::vector<Verdict> verdicts;
  const bool has_fp8 = gpu.facts().major * 10 + gpu.facts().minor >= 89;
  for (const bool fp8 : {false, true}) {
    for (const std::int64_t m : {1, 33, 1000}) {
      if (fp8 && !has_fp8) {
        continue;
      }
      try {
        GemmWorkload workload(gpu, {m, 6144, 4096, fp8});
        verdicts.push_back(
            {std::string(fp8 ? "gemm fp8" : "gemm bf16") + ", m = " + std::to_string(m),
             workload.error_of(workload.capacity() - 1), fp8 ? kFp8Tolerance : kBf16Tolerance});
      } catch (const Unsupported&) {
        // Listed by the run itself; there is nothing to check.
      }
    }
  }
  return verdicts;
}

#else  // built without cublasLt.h

std::unique_ptr<Workload> make_gemm(Gpu&, const Point&) {
  throw Unsupported("built where there was no cublasLt.h");
}
double cublaslt_version() { return 0; }
std::vector<Verdict> verify_gemm(Gpu&, bool) { return {}; }

#endif

}  // namespace bench
}  // namespace kvsim
