// One scalar of text to one value, or a message that says what to write instead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::config {

/// Reads values for one field; what is wrong goes to `faults` under `path`.
class ScalarReader {
 public:
  ScalarReader(const spec::FieldInfo& info, std::string path, Faults& faults)
      : info_(info), path_(std::move(path)), faults_(faults) {}

  [[nodiscard]] std::optional<bool> boolean(const Node& node) const;
  [[nodiscard]] std::optional<std::int64_t> whole_number(const Node& node) const;
  /// In base units, inside the limits of the field.
  [[nodiscard]] std::optional<double> number(const Node& node, Dimension dimension) const;
  [[nodiscard]] std::optional<std::string> text(const Node& node) const;
  /// Position in `names`.
  [[nodiscard]] std::optional<int> one_of(const Node& node,
                                          const std::vector<std::string>& names) const;

 private:
  [[nodiscard]] bool is_scalar(const Node& node) const;
  [[nodiscard]] bool is_plain(const Node& node) const;
  [[nodiscard]] bool in_limits(const Node& node, double value, Dimension dimension) const;
  void fault(const Node& node, std::string message, std::vector<std::string> notes) const;

  const spec::FieldInfo& info_;
  std::string path_;
  Faults& faults_;
};

}  // namespace kvsim::config
