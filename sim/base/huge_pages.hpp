// Memory for what may grow to many megabytes.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <vector>

namespace kvsim {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Allocations of nine tenths of 2 MiB and more lie in pages of 2 MiB where the system has them
/// (Linux, transparent_hugepage: madvise or always): the first touch of a page is an interrupt, and
/// with pages of 4 KiB a run of a million requests spent 7 to 16 % of its time in those. Some that
/// are given back are kept for the next. Smaller ones are ordinary memory. Throws std::bad_alloc.
[[nodiscard]] std::pmr::memory_resource& huge_pages();

/// Items that stay where they are, made one by one; once they fill a huge page, by the page.
template <class Item>
class HugePageStore {
 public:
  /// Lives as long as this, or until clear().
  [[nodiscard]] Item* add() {
    const std::size_t together = count_ < kInHugePage ? 1 : kInHugePage;
    if (count_ % together == 0) {
      blocks_.emplace_back(together, &huge_pages());
    }
    return &blocks_.back()[count_++ % together];
  }
  void clear() {
    blocks_.clear();
    count_ = 0;
  }

 private:
  static constexpr std::size_t kInHugePage = kHugePage / sizeof(Item);
  static_assert(kInHugePage > 0);
  std::vector<std::pmr::vector<Item>> blocks_;
  std::size_t count_ = 0;
};

}  // namespace kvsim
