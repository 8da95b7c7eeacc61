// The only place that turns trouble into text and exit codes.
#include <fmt/format.h>

#include <cstdio>
#include <system_error>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cli/app.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/stopped.hpp"
#include "sim/cluster/simulate.hpp"

namespace {

using namespace kvsim;

// Output that is lost, on a full disk say, is no success.
int with_stdout_written(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return code;
  }
  fmt::print(stderr, "kvsim: the output could not be written\n");
  return cli::kOurFailure;
}

int interrupted() {
  fmt::print(stderr, "interrupted; nothing was written\n");
  return cli::kInterrupted;
}

}  // namespace

int main(int argc, char** argv) {
  cli::catch_interrupts();
  try {
    return with_stdout_written(cli::run_app(argc, argv));
  } catch (const ConfigError& error) {
    if (cli::interrupted()) {  // a file that could not be read because of the signal
      return interrupted();
    }
    fmt::print(stderr, "{}", error.what());
    return cli::kYourInput;
  } catch (const DoesNotFit& error) {
    fmt::print(stderr, "{}\n", error.what());
    return cli::kDoesNotFit;
  } catch (const cli::StoppedWithPoints& stopped) {
    fmt::print(stderr, "interrupted; no output was written, but {}\n", stopped.what());
    return cli::kInterrupted;
  } catch (const cluster::Interrupted&) {
    return interrupted();
  } catch (const std::system_error&) {  // fmt could not print
    return with_stdout_written(cli::kOurFailure);
  } catch (const std::exception& error) {
    fmt::print(stderr, "kvsim failed: {}\nThis is a bug; please report it with the study.\n",
               error.what());
    return cli::kOurFailure;
  }
}
