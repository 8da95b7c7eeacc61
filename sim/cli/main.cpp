// The only place that turns trouble into text and exit codes.
#include <fmt/format.h>

#include <cstdio>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cli/app.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cluster/simulate.hpp"

int main(int argc, char** argv) {
  using namespace kvsim;
  cli::catch_interrupts();
  try {
    return cli::run_app(argc, argv);
  } catch (const ConfigError& error) {
    fmt::print(stderr, "{}", error.what());
    return cli::kYourInput;
  } catch (const DoesNotFit& error) {
    fmt::print(stderr, "{}\n", error.what());
    return cli::kDoesNotFit;
  } catch (const cluster::Interrupted&) {
    fmt::print(stderr, "interrupted; nothing was written\n");
    return cli::kInterrupted;
  } catch (const std::exception& error) {
    fmt::print(stderr, "kvsim failed: {}\nThis is a bug; please report it with the study.\n",
               error.what());
    return cli::kOurFailure;
  }
}
