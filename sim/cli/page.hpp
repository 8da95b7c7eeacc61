// From results to the files of a report.
#pragma once

#include "sim/report/output_directory.hpp"
#include "sim/report/snapshot.hpp"
#include "sim/report/table.hpp"

namespace kvsim::cli {

/// The page of a snapshot. Throws ConfigError with the line of the template for what it names and
/// the results do not have.
[[nodiscard]] report::Report page_of(const report::Snapshot& snapshot);

/// The library that draws the charts, as ./dev leaves it; empty when there is none.
[[nodiscard]] std::string vega_bundle();

[[nodiscard]] std::string html_of(const report::Report& page, const report::Snapshot& snapshot);

/// report.html and report.md.
void write_page(report::OutputDirectory& out, const report::Report& page,
                const report::Snapshot& snapshot);

}  // namespace kvsim::cli
