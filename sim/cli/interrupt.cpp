#include "sim/cli/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace kvsim::cli {
namespace {

std::atomic<bool> seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

extern "C" void note_signal(int) { seen.store(true); }

}  // namespace

void catch_interrupts() {
  static_cast<void>(std::signal(SIGINT, note_signal));
  static_cast<void>(std::signal(SIGTERM, note_signal));
}

bool interrupted() { return seen.load(); }

}  // namespace kvsim::cli
