// Whole numbers for properties.
#pragma once

#include <rapidcheck/gtest.h>

#include <cstdint>

namespace kvsim::test {

/// Of full size from the first run on: rapidcheck would begin with small numbers.
[[nodiscard]] inline std::int64_t between(std::int64_t low, std::int64_t high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(low, high + 1));
}

}  // namespace kvsim::test
