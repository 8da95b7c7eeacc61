// device.hpp on the CPU: every lane of a block is a fiber, and what a warp does together (shuffle,
// ldmatrix, mma) is published by all lanes, met at a barrier, and read by each.
//
// Checks layouts, masks, tails, pipelines and merges: shared memory begins as NaN, and an
// asynchronous copy lands either when it is issued or not before it is waited for (`Copies`), so
// that a stage overwritten too early shows in one mode and one read too early in the other. Not
// checked: memory ordering between warps that no barrier separates, alignment faults beyond
// 16 bytes, and speed. Blocks run one after another; nothing here is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "calibration/kernels/bf16.hpp"

#define KVSIM_DEVICE inline
#define KVSIM_KERNEL(threads, blocks) inline void
#define KVSIM_UNROLL
#define KVSIM_UNROLL_BY(times)

namespace kvsim {
namespace kernels {

enum class Copies { LandAtOnce, LandWhenWaitedFor };

/// Runs `kernel` on every lane of `blocks` x `threads`. Throws std::logic_error on deadlock and on
/// misaligned wide accesses. Requires: threads is a multiple of 32.
void emulate(int blocks, int threads, std::size_t shared_bytes, Copies copies,
             const std::function<void()>& kernel);

struct alignas(16) Wide {
  std::uint32_t word[4];
};

int thread();
int block();
int blocks();
int threads();
unsigned char* shared_memory();

void sync_warp();
void sync_block();
float shuffle(float value, int lane);
float shuffle_xor(float value, int mask);
bool any(bool flag);

void copy_async(void* to, const void* from, bool wanted);
void commit_copies();
void wait_until_copies_under_way(int groups);
template <int kUnderWay>
void wait_copies() {
  wait_until_copies_under_way(kUnderWay);
}

void load_matrices(std::uint32_t (&r)[4], const void* row);
void load_matrices_transposed(std::uint32_t (&r)[4], const void* row);
void multiply_accumulate(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                         std::uint32_t b1);

float exp2_of(float x);
float log2_of(float x);
std::uint32_t pack(float low, float high);
float low_half(std::uint32_t packed);
float high_half(std::uint32_t packed);

Wide load_wide(const void* pointer);
void store_wide(void* pointer, const Wide& value);

}  // namespace kernels
}  // namespace kvsim
