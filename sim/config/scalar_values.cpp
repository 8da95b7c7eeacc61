#include "sim/config/scalar_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

// Whole numbers up to here are exact in a double (2^53).
constexpr double kLargestWhole = 9'007'199'254'740'992.0;

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> boolean_way_out(const std::string& text) {
  const std::string word = lower_case(text);
  if (is_any_of(word, {"yes", "on", "y", "1", "true"})) {
    return {"write true"};
  }
  if (is_any_of(word, {"no", "off", "n", "0", "false"})) {
    return {"write false"};
  }
  return {"write true or false"};
}

// A limit in the unit in which such values are written.
std::string limit_text(double limit, Dimension dimension) {
  switch (dimension) {
    case Dimension::Count:
      return fmt::format("{}", limit);
    case Dimension::Size:
      return fmt::format("{} B", limit);
    case Dimension::Bandwidth:
      return fmt::format("{} B/s", limit);
    case Dimension::ComputeRate:
      return fmt::format("{} FLOP/s", limit);
    case Dimension::Time:
      return fmt::format("{} s", limit);
    case Dimension::Rate:
      return fmt::format("{}/s", limit);
    case Dimension::Power:
      return fmt::format("{} W", limit);
  }
  return {};
}

// Largest value that the type behind a dimension holds: int64 bytes, seconds of a Duration.
double largest(Dimension dimension) {
  switch (dimension) {
    case Dimension::Size:
      return 9.2e18;
    case Dimension::Time:
      return 9.9e14;
    default:
      return 1e300;
  }
}

}  // namespace

void ScalarReader::fault(const Node& node, std::string message,
                         std::vector<std::string> notes) const {
  faults_.error(node.place, std::move(message), path_, std::move(notes));
}

bool ScalarReader::is_scalar(const Node& node) const {
  if (node.kind == NodeKind::Scalar) {
    return true;
  }
  if (node.kind == NodeKind::Null) {
    fault(node, fmt::format("'{}' has no value", info_.key), {std::string(info_.help)});
  } else if (node.kind != NodeKind::Broken) {
    fault(node,
          fmt::format("'{}' is {}, but must be a single value", info_.key, kind_name(node.kind)),
          {std::string(info_.help)});
  }
  return false;
}

bool ScalarReader::is_plain(const Node& node) const {
  if (!is_scalar(node)) {
    return false;
  }
  if (node.quoted) {
    fault(node, fmt::format("\"{}\" is text because of its quotes", node.text),
          {fmt::format("write {}", node.text)});
  }
  return !node.quoted;
}

std::optional<bool> ScalarReader::boolean(const Node& node) const {
  if (!is_plain(node)) {
    return std::nullopt;
  }
  if (node.text == "true" || node.text == "false") {
    return node.text == "true";
  }
  fault(node, fmt::format("'{}' is not true or false", node.text), boolean_way_out(node.text));
  return std::nullopt;
}

bool ScalarReader::in_limits(const Node& node, double value, Dimension dimension) const {
  if (std::abs(value) > largest(dimension)) {
    fault(node, fmt::format("'{}' is out of range", node.text), {"write a smaller number"});
    return false;
  }
  if (value < info_.minimum || (info_.above_minimum && value == info_.minimum)) {
    fault(node, fmt::format("'{}' is too small", node.text),
          {fmt::format("{} must be {} {}", info_.key,
                       info_.above_minimum ? "greater than" : "at least",
                       limit_text(info_.minimum, dimension))});
    return false;
  }
  if (value > info_.maximum) {
    fault(node, fmt::format("'{}' is too large", node.text),
          {fmt::format("{} must be at most {}", info_.key, limit_text(info_.maximum, dimension))});
    return false;
  }
  return true;
}

std::optional<double> ScalarReader::number(const Node& node, Dimension dimension) const {
  if (!is_plain(node)) {
    return std::nullopt;
  }
  const ParsedNumber parsed = parse_number(node.text, dimension);
  if (!parsed.value) {
    fault(node, parsed.problem, {parsed.hint});
    return std::nullopt;
  }
  return in_limits(node, *parsed.value, dimension) ? parsed.value : std::nullopt;
}

std::optional<std::int64_t> ScalarReader::whole_number(const Node& node) const {
  const std::optional<double> value = number(node, Dimension::Count);
  if (!value) {
    return std::nullopt;
  }
  if (*value != std::floor(*value)) {
    fault(node, fmt::format("'{}' is not a whole number", node.text),
          {"write it without a fraction"});
    return std::nullopt;
  }
  if (std::abs(*value) > kLargestWhole) {
    fault(node, fmt::format("'{}' is out of range", node.text), {"write a smaller number"});
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

std::optional<std::string> ScalarReader::text(const Node& node) const {
  if (!is_scalar(node)) {
    return std::nullopt;
  }
  if (node.text.empty()) {
    fault(node, fmt::format("'{}' is empty", info_.key), {std::string(info_.help)});
    return std::nullopt;
  }
  return node.text;
}

std::optional<int> ScalarReader::one_of(const Node& node,
                                        const std::vector<std::string>& names) const {
  if (!is_scalar(node)) {
    return std::nullopt;
  }
  const auto it = std::find(names.begin(), names.end(), node.text);
  if (it == names.end()) {
    fault(node, fmt::format("'{}' is no value of '{}'", node.text, info_.key),
          way_out(node.text, names));
    return std::nullopt;
  }
  return static_cast<int>(it - names.begin());
}

}  // namespace kvsim::config
