#include "sim/plan/side_by_side.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace kvsim::plan {

void side_by_side(std::size_t count, int jobs, const std::function<void(std::size_t)>& work,
                  const std::function<bool()>& keep_going) {
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto take_turns = [&] {
    for (std::size_t i = next++; i < count && !failed && keep_going(); i = next++) {
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
        failed = true;
      }
    }
  };
  {
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t wanted = jobs > 0 ? static_cast<std::size_t>(jobs) : cores;
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(wanted, count); ++i) {
      threads.emplace_back(take_turns);
    }
    take_turns();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
}

}  // namespace kvsim::plan
