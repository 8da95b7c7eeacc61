// The few things that a kernel asks of the device, under names of our own: one implementation is
// PTX for nvcc (ptx.cuh), the other runs every lane on the CPU (emulated.hpp), so that the tests
// execute the same kernel source without a GPU. Kernels use nothing else of CUDA.
//
//   thread(), block(), blocks()           index in the block, of the block, number of blocks
//   shared_memory()                       dynamic shared memory, 128-byte aligned
//   sync_warp(), sync_block()
//   shuffle(v, lane), shuffle_xor(v, mask), any(flag)      whole warps only
//   copy_async(to, from, wanted)          16 bytes, global to shared; zeros where not wanted
//   commit_copies(), wait_copies<N>()     groups of copies; wait until at most N are under way
//   load_matrices(r, row)                 ldmatrix .x4: lane i gives row i % 8 of matrix i / 8
//   load_matrices_transposed(r, row)
//   multiply_accumulate(d, a, b0, b1)     mma.m16n8k16, bf16 in, fp32 out
//   exp2_of(x), log2_of(x), pack(low, high)
//   load_wide(p), store_wide(p, v)        16 bytes past L1, kept in program order
//
// nvcc knows no inline __global__ function: a header with kernels that are no templates is included
// by one .cu only.
#pragma once

#if defined(__CUDACC__)
#include "calibration/kernels/ptx.cuh"
#else
#include "calibration/kernels/emulated.hpp"
#endif
