#include "sim/plan/side_by_side.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <vector>

namespace kvsim::plan {
namespace {

// The pieces, handed out in their order. A piece that is begun is ended, so that of those that fail
// the first by position is always among the begun ones, however many workers there are.
class Turns {
 public:
  Turns(std::size_t count, const std::function<void(std::size_t)>& work,
        const std::function<bool()>& keep_going)
      : work_(work), keep_going_(keep_going), failures_(count) {}

  void take() {
    const std::size_t count = failures_.size();
    for (std::size_t i = next_++; i < count && !failed_ && keep_going_(); i = next_++) {
      try {
        work_(i);
      } catch (...) {
        failures_[i] = std::current_exception();
        failed_ = true;
      }
    }
  }

  void throw_first() const {
    for (const std::exception_ptr& failure : failures_) {
      if (failure) {
        std::rethrow_exception(failure);
      }
    }
  }

 private:
  const std::function<void(std::size_t)>& work_;
  const std::function<bool()>& keep_going_;
  std::vector<std::exception_ptr> failures_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace

int workers_for(int jobs) {
  return jobs > 0 ? jobs : std::max(1, tbb::info::default_concurrency());
}

void side_by_side(std::size_t count, int jobs, const std::function<void(std::size_t)>& work,
                  const std::function<bool()>& keep_going) {
  Turns turns(count, work, keep_going);
  const auto wanted = static_cast<std::size_t>(workers_for(jobs));
  const auto workers = static_cast<int>(std::min(wanted, std::max<std::size_t>(count, 1)));
  // As many threads as were asked for, even beyond the cores: an arena alone would get fewer.
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(workers));
  tbb::task_arena arena(workers);
  arena.execute([&] {
    tbb::parallel_for(
        0, workers, [&](int) { turns.take(); }, tbb::simple_partitioner());
  });
  turns.throw_first();
}

}  // namespace kvsim::plan
