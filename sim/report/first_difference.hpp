// Where two outputs that should be alike part.
#pragma once

#include <filesystem>
#include <string>

namespace kvsim::report {

/// The first number or text of two result.json files that differs, in the order of the file:
/// "runs[mla].metrics.mean_ttft_ms was 12.5, is 12.6". Says so when either is no JSON, or when they
/// differ in their layout only.
[[nodiscard]] std::string first_difference_of_json(const std::string& before,
                                                   const std::string& now);

/// The first line that differs: "line 7 was '...', is '...'".
[[nodiscard]] std::string first_difference_of_lines(const std::filesystem::path& before,
                                                    const std::filesystem::path& now);

}  // namespace kvsim::report
