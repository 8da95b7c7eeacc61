// Independent pieces of work on several threads (oneTBB); the answer does not depend on how many.
#pragma once

#include <cstddef>
#include <functional>

namespace kvsim::plan {

/// Threads that `jobs` stands for: itself, or one per core for 0.
[[nodiscard]] int workers_for(int jobs);

/// Calls work(0) ... work(count - 1), each once, up to `jobs` at a time (0: one per core). Begins
/// none after one has thrown or keep_going() is false. Throws what the first of those that threw
/// has thrown, by position. `work` and `keep_going` are called from many threads.
void side_by_side(
    std::size_t count, int jobs, const std::function<void(std::size_t)>& work,
    const std::function<bool()>& keep_going = [] { return true; });

}  // namespace kvsim::plan
