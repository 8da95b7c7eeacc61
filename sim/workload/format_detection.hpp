// Which format a trace is in, from its first lines.
#pragma once

#include <optional>
#include <string>

#include "sim/spec/workload.hpp"
#include "sim/workload/trace_layout.hpp"

namespace kvsim::workload {

/// The CSV format whose columns are all in this header.
[[nodiscard]] std::optional<spec::TraceFormat> csv_format_of(const Names& header);

/// The format that the file looks like; the likeliest one if it fits none, whose reader then says
/// what is missing. Throws ConfigError: the file cannot be read, or is no trace of token counts.
[[nodiscard]] spec::TraceFormat detect_format(const std::string& path);

}  // namespace kvsim::workload
