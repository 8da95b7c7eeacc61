// One table per struct: the words of the YAML, their meaning, limits and rules.
//
// `describe(visitor, value)` walks the fields of `value` in their documented order. The binder
// fills them from YAML, the manifest writer prints them, the schema and the reference pages list
// them: all from the same table, so none can disagree. The tables know no YAML.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/quantity.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim::spec {

struct FieldInfo {
  std::string_view key;
  std::string_view help;
  bool required = false;
  double minimum = -std::numeric_limits<double>::infinity();  ///< in base units
  double maximum = std::numeric_limits<double>::infinity();
  bool above_minimum = false;  ///< the value must be greater than `minimum`, not equal
};

[[nodiscard]] constexpr FieldInfo required(std::string_view key, std::string_view help) {
  return {.key = key, .help = help, .required = true};
}
[[nodiscard]] constexpr FieldInfo optional(std::string_view key, std::string_view help) {
  return {.key = key, .help = help};
}
[[nodiscard]] constexpr FieldInfo at_least(FieldInfo info, double minimum) {
  info.minimum = minimum;
  return info;
}
[[nodiscard]] constexpr FieldInfo above(FieldInfo info, double minimum) {
  info.minimum = minimum;
  info.above_minimum = true;
  return info;
}
[[nodiscard]] constexpr FieldInfo at_most(FieldInfo info, double maximum) {
  info.maximum = maximum;
  return info;
}

class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  virtual void field(const FieldInfo& info, bool& value) = 0;
  virtual void field(const FieldInfo& info, std::int64_t& value) = 0;
  virtual void field(const FieldInfo& info, double& value) = 0;
  virtual void field(const FieldInfo& info, std::string& value) = 0;
  virtual void field(const FieldInfo& info, Bytes& value) = 0;
  virtual void field(const FieldInfo& info, BytesPerSecond& value) = 0;
  virtual void field(const FieldInfo& info, FlopsPerSecond& value) = 0;
  virtual void field(const FieldInfo& info, PerSecond& value) = 0;
  virtual void field(const FieldInfo& info, Watts& value) = 0;
  virtual void field(const FieldInfo& info, Duration& value) = 0;
  virtual void field(const FieldInfo& info, std::vector<std::int64_t>& values) = 0;
  virtual void field(const FieldInfo& info, std::vector<double>& values) = 0;
  virtual void field(const FieldInfo& info, std::vector<std::string>& values) = 0;
  virtual void field(const FieldInfo& info, std::vector<Duration>& values) = 0;
  /// Plain numbers under names that the document chooses.
  virtual void field(const FieldInfo& info, std::map<std::string, double>& values) = 0;

  /// One of `names`; `index` is its position.
  virtual void choice(const FieldInfo& info, std::span<const std::string_view> names,
                      int& index) = 0;
  /// A list of such; an item is its position in `names`.
  virtual void choice_list(const FieldInfo& info, std::span<const std::string_view> names,
                           std::vector<int>& indices) = 0;
  /// Either `keyword` (then `value` is empty) or a whole number.
  virtual void keyword_or(const FieldInfo& info, std::string_view keyword,
                          std::optional<std::int64_t>& value) = 0;
  /// Exactly one of the sibling `keys` is given; answers which. The fields themselves follow,
  /// each under `applies(answer == its position)`.
  virtual int one_of(std::string_view help, std::span<const std::string_view> keys,
                     int current) = 0;
  /// Whether the optional field has a value: in the document (binder), in the struct (writer).
  [[nodiscard]] virtual bool present(const FieldInfo& info, bool has_value) = 0;
  /// Whether the fields that follow belong to this struct; a lister of all fields answers true.
  [[nodiscard]] virtual bool applies(bool condition) = 0;
  /// A rule between fields; when it does not hold, `key` is the field to change.
  virtual void rule(bool holds, std::string_view key, std::string_view message,
                    std::string_view way_out) = 0;

  /// Fields until leave() lie in the map under this key.
  [[nodiscard]] virtual bool enter(const FieldInfo& info) = 0;
  virtual void leave() = 0;
  /// Number of items of the list under this key; each is then visited inside enter_item/leave.
  [[nodiscard]] virtual std::size_t list_size(const FieldInfo& info, std::size_t current) = 0;
  [[nodiscard]] virtual bool enter_item(const FieldInfo& info, std::size_t index) = 0;

  template <class T>
  void group(const FieldInfo& info, T& value) {
    if (enter(info)) {
      describe(*this, value);
      leave();
    }
  }
  template <class T>
  void optional_group(const FieldInfo& info, std::optional<T>& value) {
    if (present(info, value.has_value())) {
      T inner = value.value_or(T{});
      group(info, inner);
      value = inner;
    }
  }
  template <class T>
  void optional_field(const FieldInfo& info, std::optional<T>& value) {
    if (present(info, value.has_value())) {
      T inner = value.value_or(T{});
      field(info, inner);
      value = inner;
    }
  }
  template <class T>
  void list(const FieldInfo& info, std::vector<T>& values) {
    values.resize(list_size(info, values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (enter_item(info, i)) {
        describe(*this, values[i]);
        leave();
      }
    }
  }
  /// Requires: the enumerators of E count from 0 in the order of `names`.
  template <class E, std::size_t N>
  void choice_of(const FieldInfo& info, const std::array<std::string_view, N>& names, E& value) {
    int index = static_cast<int>(value);
    choice(info, names, index);
    value = static_cast<E>(index);
  }
  template <class E, std::size_t N>
  void optional_choice_of(const FieldInfo& info, const std::array<std::string_view, N>& names,
                          std::optional<E>& value) {
    if (present(info, value.has_value())) {
      E inner = value.value_or(E{});
      choice_of(info, names, inner);
      value = inner;
    }
  }
  template <class E, std::size_t N>
  void choices_of(const FieldInfo& info, const std::array<std::string_view, N>& names,
                  std::vector<E>& values) {
    std::vector<int> indices;
    for (const E value : values) {
      indices.push_back(static_cast<int>(value));
    }
    choice_list(info, names, indices);
    values.clear();
    for (const int index : indices) {
      values.push_back(static_cast<E>(index));
    }
  }
  template <class E, std::size_t N>
  void one_of_kind(std::string_view help, const std::array<std::string_view, N>& keys, E& kind) {
    kind = static_cast<E>(one_of(help, keys, static_cast<int>(kind)));
  }
};

/// Name of an enumerator that counts from 0 in the order of `names`.
template <class E, std::size_t N>
[[nodiscard]] constexpr std::string_view name_of(E value,
                                                 const std::array<std::string_view, N>& names) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace kvsim::spec
