// The command line: which command, which flags, what help.
#pragma once

namespace kvsim::cli {

/// Parses the arguments and runs the command. A wrong flag throws ConfigError with a suggestion;
/// help and version are printed and answered with kOk.
int run_app(int argc, char** argv);

}  // namespace kvsim::cli
