#include "sim/cost/stack.hpp"

#include <charconv>
#include <cstdlib>

namespace kvsim::cost {

Stack stack_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  Stack stack{text.substr(0, dash), {}};
  if (dash == std::string_view::npos) {
    return stack;
  }
  text.remove_prefix(dash + 1);
  for (int& number : stack.version) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) {
      break;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(text.starts_with('.') ? 1 : text.size());
  }
  return stack;
}

double stack_distance(std::string_view a, std::string_view b) {
  if (a == b) {
    return 0;
  }
  const Stack one = stack_of(a), other = stack_of(b);
  if (one.framework != other.framework) {
    return kOtherFramework;
  }
  double distance = 0;
  for (std::size_t i = 0; i < one.version.size(); ++i) {
    distance = 1000 * distance + std::abs(one.version[i] - other.version[i]);
  }
  return distance + 0.5;  // the same numbers may have another suffix
}

}  // namespace kvsim::cost
