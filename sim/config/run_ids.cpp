#include "sim/config/run_ids.hpp"

#include <fmt/format.h>

#include <cctype>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

constexpr std::size_t kLongestId = 100;  // file names end at 255 bytes, and suffixes follow

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

}  // namespace

std::string slug(std::string_view text) {
  std::string word;
  for (const char c : lower_case(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keep = byte < 0x80 && (std::isalnum(byte) != 0 || c == '_' || c == '.');
    if (keep) {
      word.push_back(c);
    } else if (!word.empty() && word.back() != '-') {
      word.push_back('-');
    }
  }
  const std::size_t first = word.find_first_not_of(".-");
  const std::size_t last = word.find_last_not_of(".-");
  return first == std::string::npos ? "" : word.substr(first, last - first + 1);
}

std::string RunIds::next(std::string_view variant,
                         const std::vector<std::pair<std::string, std::string>>& point) {
  std::string text(variant);
  for (const auto& [key, value] : point) {
    text += '-' + last_part(key) + '-' + value;
  }
  std::string base = slug(slug(text).substr(0, kLongestId));
  if (base.empty()) {
    base = "run";
  }
  std::string id = base;
  for (int n = 2; !taken_.insert(id).second; ++n) {
    id = fmt::format("{}-{}", base, n);
  }
  return id;
}

}  // namespace kvsim::config
