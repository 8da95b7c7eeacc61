// device.hpp in PTX. Portable from sm_80 on: mma.sync and cp.async, no wgmma, no TMA.
//
// Fragments of mma.m16n8k16 (PTX ISA, "Matrix Fragments for mma.m16n8k16"), lane 0-31, r = lane /
// 4, c = 2 (lane % 4):
//   A (16 x 16)  a0 = (r, c..c+1)  a1 = (r+8, c..)  a2 = (r, c+8..)  a3 = (r+8, c+8..)
//   B (16 x 8)   b0 = (k = c..c+1, n = r)  b1 = (k = c+8.., n = r)
//   D (16 x 8)   d0, d1 = (r, c..c+1)  d2, d3 = (r+8, c..c+1)
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "calibration/kernels/bf16.hpp"

#define KVSIM_DEVICE __device__ __forceinline__
#define KVSIM_KERNEL(threads, blocks) __global__ void __launch_bounds__(threads, blocks)
#define KVSIM_UNROLL _Pragma("unroll")
#define KVSIM_UNROLL_BY(times) _Pragma(KVSIM_TEXT(unroll times))
#define KVSIM_TEXT(words) #words

static_assert(__cplusplus == 201703L,
              "CMake 3.25 drops C++20 for CUDA without a word: see CMakeLists");

namespace kvsim {
namespace kernels {

struct alignas(16) Wide {
  std::uint32_t word[4];
};

KVSIM_DEVICE int thread() { return static_cast<int>(threadIdx.x); }
KVSIM_DEVICE int block() { return static_cast<int>(blockIdx.x); }
KVSIM_DEVICE int blocks() { return static_cast<int>(gridDim.x); }
KVSIM_DEVICE int threads() { return static_cast<int>(blockDim.x); }

extern __shared__ __align__(128) unsigned char kvsim_shared_memory[];
KVSIM_DEVICE unsigned char* shared_memory() { return kvsim_shared_memory; }

KVSIM_DEVICE void sync_warp() { __syncwarp(); }
KVSIM_DEVICE void sync_block() { __syncthreads(); }

constexpr unsigned kWholeWarp = 0xffffffffU;
KVSIM_DEVICE float shuffle(float value, int lane) { return __shfl_sync(kWholeWarp, value, lane); }
KVSIM_DEVICE float shuffle_xor(float value, int mask) {
  return __shfl_xor_sync(kWholeWarp, value, mask);
}
KVSIM_DEVICE bool any(bool flag) { return __any_sync(kWholeWarp, flag) != 0; }

KVSIM_DEVICE std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

KVSIM_DEVICE void copy_async(void* to, const void* from, bool wanted) {
  const int bytes = wanted ? 16 : 0;  // the rest up to 16 is filled with zeros
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
               "l"(__cvta_generic_to_global(from)), "r"(bytes)
               : "memory");
}
KVSIM_DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kUnderWay>
KVSIM_DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kUnderWay) : "memory");
}

KVSIM_DEVICE void load_matrices(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
KVSIM_DEVICE void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

KVSIM_DEVICE void multiply_accumulate(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                      std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

KVSIM_DEVICE float exp2_of(float x) {  // exp2(-inf) = 0
  float y = 0;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
KVSIM_DEVICE float log2_of(float x) { return log2f(x); }

KVSIM_DEVICE std::uint32_t pack(float low, float high) {
  std::uint32_t packed = 0;  // the first source goes to the upper half
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
KVSIM_DEVICE float low_half(std::uint32_t packed) { return __uint_as_float(packed << 16); }
KVSIM_DEVICE float high_half(std::uint32_t packed) { return __uint_as_float(packed & 0xffff0000U); }

// volatile keeps a run of loads together: without it ptxas was seen to leave fewer under way.
KVSIM_DEVICE Wide load_wide(const void* pointer) {
  Wide value;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(value.word[0]), "=r"(value.word[1]), "=r"(value.word[2]), "=r"(value.word[3])
               : "l"(__cvta_generic_to_global(pointer)));
  return value;
}
KVSIM_DEVICE void store_wide(void* pointer, const Wide& value) {
  asm volatile("st.global.v4.u32 [%0], {%1,%2,%3,%4};" ::"l"(__cvta_generic_to_global(pointer)),
               "r"(value.word[0]), "r"(value.word[1]), "r"(value.word[2]), "r"(value.word[3])
               : "memory");
}

}  // namespace kernels
}  // namespace kvsim
