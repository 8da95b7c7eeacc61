// "vllm-0.24.0": a framework and its version, and how far two of them are apart.
#pragma once

#include <array>
#include <string_view>

namespace kvsim::cost {

struct Stack {
  std::string_view framework;
  std::array<int, 3> version{};  ///< what follows the numbers is cut off
};

/// Views `text`.
[[nodiscard]] Stack stack_of(std::string_view text);

inline constexpr double kOtherFramework = 1e9;
/// 0: the same stack; below kOtherFramework: another version of it, releases counted first.
[[nodiscard]] double stack_distance(std::string_view a, std::string_view b);

}  // namespace kvsim::cost
