// YAML text to a tree of text with places. The only file that sees yaml-cpp is yaml_reader.cpp.
//
// yaml-cpp 0.7 keeps repeated keys silently, reads "<<" as an ordinary key, drops a second document
// and marks an alias at its anchor; its events let us see and report all of that.
#pragma once

#include <cstddef>

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

/// Deeper nesting is refused, so that no recursion over a tree can exhaust the stack.
inline constexpr std::size_t kDeepestNesting = 64;

/// The one document of `source`, from byte `start` of its first line on. What is wrong goes to
/// `faults`; a Broken node comes back if nothing can be read.
[[nodiscard]] Node read_yaml(const SourcePtr& source, Faults& faults, std::size_t start = 0);

}  // namespace kvsim::config
