// STUDY and the flags of every command that loads one.
#pragma once

#include "sim/cli/options.hpp"

namespace CLI {
class App;
}

namespace kvsim::cli {

void add_study_flags(CLI::App& app, RunOptions& options);
/// --format and --template, of what prints a page.
void add_page_flags(CLI::App& app, RunOptions& options);

}  // namespace kvsim::cli
