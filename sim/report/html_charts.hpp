// The charts of the page: figures, the script that draws them, and the policy that lets exactly
// this script run. Internal to the room; render.hpp is the door.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/table.hpp"

namespace kvsim::report {

/// Their texts are escaped; nothing when there are none.
[[nodiscard]] std::string figures_of(const std::vector<Chart>& charts);

/// The bundle and the drawing, at the end of the body.
[[nodiscard]] std::string scripts_text(std::string_view vega_bundle);

/// Content-Security-Policy: nothing from the network, and of scripts only those above, by their
/// hashes; without a bundle none at all.
[[nodiscard]] std::string security_policy(std::string_view vega_bundle);

/// Characters that mean something to HTML, as entities.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace kvsim::report
