// Lengths by the leading bits of a uniform number: what the quantile comes to, without asking it.
//
// A quantile never falls (its rounding errors, 1e-15 of itself, are far below a token), so where it
// gives one length at both ends of a cell it gives that length in between. Of a cell in which it
// rises by one token it is found out in which 1/64 of the cell; there, and in cells of three
// lengths or more, the quantile has to be asked. With 4096 cells that is 1 draw in 15 of a
// lognormal with mean 512 and p99 2048. (A guide table: Chen and Asau 1974, AIIE Transactions 6:2.)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace kvsim::workload {

class LengthCells {
 public:
  /// `length_at`: of a uniform number in (0, 1); never falls as that rises. Asked some 16 000
  /// times.
  explicit LengthCells(const std::function<std::int64_t(double)>& length_at);

  /// Nothing where the quantile has to be asked. Requires: 0 < uniform < 1.
  [[nodiscard]] std::optional<std::int64_t> find(double uniform) const {
    const auto part = static_cast<std::uint32_t>(uniform * (kCells * kParts));
    const Cell& cell = cells_[part / kParts];
    const std::uint32_t within = part % kParts;
    if (within - cell.unsure_from < cell.unsure) {
      return std::nullopt;
    }
    return cell.length + (within >= cell.unsure_from ? 1 : 0);
  }

 private:
  static constexpr std::uint32_t kCells = 4096;
  static constexpr std::uint32_t kParts = 64;  // of a cell
  /// `length` in the parts before `unsure_from`, unknown in `unsure` parts, then one token more.
  struct Cell {
    std::int32_t length = 0;
    std::uint16_t unsure_from = 0;
    std::uint16_t unsure = kParts;
  };

  std::vector<Cell> cells_;
};

}  // namespace kvsim::workload
