// Names for runs that may become file names.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvsim::config {

/// Lower-case letters, digits, '.', '_' and single '-' only: "GQA 8" is "gqa-8", "4/s" is "4-s".
[[nodiscard]] std::string slug(std::string_view text);

/// Gives every run of a study another id, e.g. "mla-request_rate-4-s".
class RunIds {
 public:
  [[nodiscard]] std::string next(std::string_view variant,
                                 const std::vector<std::pair<std::string, std::string>>& point);

 private:
  std::set<std::string> taken_;
};

}  // namespace kvsim::config
