#include "sim/base/huge_pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>

namespace kvsim {
namespace {

constexpr std::size_t kFewestBytes = kHugePage / 10 * 9;
constexpr std::size_t kMostSpare = 32;  // pages: 64 MiB, what a run of a million requests takes

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

Memory aligned(std::size_t unit, std::size_t bytes) {
  Memory memory(std::aligned_alloc(unit, bytes));
  if (!memory) {
    throw std::bad_alloc();
  }
  return memory;
}

// A page that is given back serves the next run: the system would have to clear it first.
class HugePages final : public std::pmr::memory_resource {
 public:
  HugePages() { spare_.reserve(kMostSpare); }  // giving back must not fail

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const bool is_huge = bytes >= kFewestBytes;
    const std::size_t unit = is_huge ? kHugePage : std::max(alignment, alignof(std::max_align_t));
    const std::size_t whole = (bytes + unit - 1) / unit * unit;
    if (is_page(bytes)) {
      if (void* spare = take_spare()) {
        return spare;
      }
    }
    Memory memory = aligned(unit, whole);
#ifdef MADV_HUGEPAGE
    if (is_huge) {
      (void)madvise(memory.get(), whole, MADV_HUGEPAGE);  // a wish: without it pages are small
    }
#endif
    return memory.release();
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
    Memory freed(memory);
    if (is_page(bytes)) {
      const std::lock_guard lock(mutex_);
      if (spare_.size() < kMostSpare) {
        spare_.push_back(std::move(freed));
      }
    }
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
  [[nodiscard]] static bool is_page(std::size_t bytes) {
    return kFewestBytes <= bytes && bytes <= kHugePage;
  }
  [[nodiscard]] void* take_spare() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) {
      return nullptr;
    }
    void* memory = spare_.back().release();
    spare_.pop_back();
    return memory;
  }

  std::mutex mutex_;
  std::vector<Memory> spare_;
};

}  // namespace

std::pmr::memory_resource& huge_pages() {
  static HugePages pages;
  return pages;
}

}  // namespace kvsim
