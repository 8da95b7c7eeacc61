// Charts as files of their own, and the page on paper: vl-convert and a browser do the work.
#pragma once

#include <filesystem>

#include "sim/report/snapshot.hpp"
#include "sim/report/table.hpp"

namespace kvsim::cli {

/// One file per chart into `folder`, created when it is missing: NAME.svg or NAME.png; answers the
/// names. Throws ConfigError when vl-convert is not here.
std::vector<std::string> write_pictures(const report::Report& page,
                                        const std::filesystem::path& folder,
                                        const std::string& format);

/// `folder`/report.pdf. Throws ConfigError when no browser is here.
void write_pdf(const report::Report& page, const report::Snapshot& snapshot,
               const std::filesystem::path& folder);

}  // namespace kvsim::cli
