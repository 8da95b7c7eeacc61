// Ctrl-C and SIGTERM as a flag: the runs end at their next event, and nothing is written.
#pragma once

namespace kvsim::cli {

void catch_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace kvsim::cli
