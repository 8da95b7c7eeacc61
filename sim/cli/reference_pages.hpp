// The pages of docs/reference, from the same tables as the commands they describe.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/reference_commands.hpp"

namespace kvsim::cli {

[[nodiscard]] std::string cli_page(const std::vector<HelpPage>& help);
[[nodiscard]] std::string study_page();
[[nodiscard]] std::string metrics_page();

}  // namespace kvsim::cli
