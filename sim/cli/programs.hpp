// Other programs that kvsim may use where they are installed.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace kvsim::cli {

/// The executable that PATH has under this name; empty: none.
[[nodiscard]] std::filesystem::path on_path(const std::string& program);
[[nodiscard]] std::filesystem::path first_on_path(std::initializer_list<const char*> programs);

/// A browser that prints to PDF; KVSIM_CHROMIUM names another one. Empty: none.
[[nodiscard]] std::filesystem::path chromium();
/// The Python that has vl-convert, as ./dev leaves it; empty: none.
[[nodiscard]] std::filesystem::path chart_python();

/// Runs it to its end, without input, and says whether it succeeded. What it says goes to `log`.
[[nodiscard]] bool run_program(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments,
                               const std::filesystem::path& log);

}  // namespace kvsim::cli
