// How nlohmann writes and reads exact time. Internal to the room.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sim/base/int128.hpp"
#include "sim/base/sim_time.hpp"

NLOHMANN_JSON_NAMESPACE_BEGIN

// As text: a double would lose digits.
template <>
struct adl_serializer<kvsim::Int128> {
  static void to_json(json& j, const kvsim::Int128& value) { j = kvsim::to_string(value); }
  static void from_json(const json& j, kvsim::Int128& value) {
    const auto text = j.get<std::string>();
    const bool negative = text.starts_with('-');
    value = 0;
    for (const char digit : std::string_view(text).substr(negative ? 1 : 0)) {
      value = value * 10 + (digit - '0');
    }
    value = negative ? -value : value;
  }
};

template <>
struct adl_serializer<kvsim::Duration> {
  static void to_json(json& j, const kvsim::Duration& value) {
    adl_serializer<kvsim::Int128>::to_json(j, value.attoseconds());
  }
  static void from_json(const json& j, kvsim::Duration& value) {
    kvsim::Int128 attoseconds = 0;
    adl_serializer<kvsim::Int128>::from_json(j, attoseconds);
    value = kvsim::Duration(attoseconds);
  }
};

NLOHMANN_JSON_NAMESPACE_END
