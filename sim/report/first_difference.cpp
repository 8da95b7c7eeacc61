#include "sim/report/first_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kLongest = 120;  // of what is shown

std::string shown(std::string text) {
  if (text.size() > kLongest) {
    text.resize(kLongest);
    text += "...";
  }
  return text;
}

std::string dumped(const Json* json) {
  return json == nullptr ? "absent"
                         : shown(json->dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<std::string> part(const Json* before, const Json* now, const std::string& path,
                                int depth);

// Runs are named, other items counted.
std::string item_name(const Json& item, std::size_t index) {
  const bool named = item.is_object() && item.contains("id") && item["id"].is_string();
  return named ? item["id"].get<std::string>() : std::to_string(index);
}

std::optional<std::string> part_of_lists(const Json& before, const Json& now,
                                         const std::string& path, int depth) {
  for (std::size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    const Json* left = i < before.size() ? &before[i] : nullptr;
    const Json* right = i < now.size() ? &now[i] : nullptr;
    const std::string place =
        fmt::format("{}[{}]", path, item_name(left != nullptr ? *left : *right, i));
    if (auto found = part(left, right, place, depth + 1)) {
      return found;
    }
  }
  return std::nullopt;
}

const Json* member(const Json& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &*found;
}

std::optional<std::string> part_of_maps(const Json& before, const Json& now,
                                        const std::string& path, int depth) {
  for (const Json* keys : {&before, &now}) {
    for (const auto& item : keys->items()) {
      const std::string place = path.empty() ? item.key() : path + '.' + item.key();
      if (auto found =
              part(member(before, item.key()), member(now, item.key()), place, depth + 1)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> part(const Json* before, const Json* now, const std::string& path,
                                int depth) {
  const bool both = before != nullptr && now != nullptr && depth < kDeepest;
  if (both && before->is_object() && now->is_object()) {
    return part_of_maps(*before, *now, path, depth);
  }
  if (both && before->is_array() && now->is_array()) {
    return part_of_lists(*before, *now, path, depth);
  }
  if (before != nullptr && now != nullptr && *before == *now) {
    return std::nullopt;
  }
  return fmt::format("{} was {}, is {}", path, dumped(before), dumped(now));
}

}  // namespace

std::string first_difference_of_json(const std::string& before, const std::string& now) {
  const Json left = Json::parse(before, nullptr, false);
  const Json right = Json::parse(now, nullptr, false);
  if (left.is_discarded() || right.is_discarded()) {
    return "one of them is no JSON";
  }
  return part(&left, &right, "", 0).value_or("the same values, laid out in another way");
}

std::string first_difference_of_lines(const std::filesystem::path& before,
                                      const std::filesystem::path& now) {
  std::ifstream left(before, std::ios::binary);
  std::ifstream right(now, std::ios::binary);
  for (std::size_t number = 1;; ++number) {
    std::string was;
    std::string is;
    const bool has_left = static_cast<bool>(std::getline(left, was));
    const bool has_right = static_cast<bool>(std::getline(right, is));
    if (!has_left && !has_right) {
      return "the same lines, ended in another way";
    }
    if (has_left != has_right || was != is) {
      const Json left_line(was);
      const Json right_line(is);
      return fmt::format("line {} was {}, is {}", number, dumped(has_left ? &left_line : nullptr),
                         dumped(has_right ? &right_line : nullptr));
    }
  }
}

}  // namespace kvsim::report
