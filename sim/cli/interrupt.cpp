#include "sim/cli/interrupt.hpp"

#include <signal.h>

#include <atomic>

namespace kvsim::cli {
namespace {

std::atomic<bool> seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

extern "C" void note_signal(int) { seen.store(true); }

}  // namespace

// No SA_RESTART: waiting for a file ends with an error. SA_RESETHAND: a second signal kills.
void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) {
    static_cast<void>(sigaction(signal, &action, nullptr));
  }
}

bool interrupted() { return seen.load(); }

}  // namespace kvsim::cli
