// What the page carries besides its numbers: the style, and the script that draws the charts, hides
// variants, sorts and filters tables. Internal to the room.
#pragma once

#include <string_view>

namespace kvsim::report {

extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace kvsim::report
