// Text with values: "{run of least p99_ttft_ms} answers first, after {least p99_ttft_ms} ms".
//
//   {study} {runs}         the study's name; how many runs
//   {COLUMN}               the value of all runs, which must agree
//   {COLUMN of RUN}        of the run or variant of that name
//   {most COLUMN} {least COLUMN}                the largest and the smallest number
//   {run of most COLUMN} {run of least COLUMN}  who has it
//
// Columns are those of run_columns.hpp; "{{" is a brace. Internal to the room.
#pragma once

#include "sim/report/template_fault.hpp"

namespace kvsim::report {

/// Throws ConfigError for what cannot be filled in.
[[nodiscard]] std::string filled(const std::string& text, const Subject& subject,
                                 const RunColumns& columns, const TemplatePlace& place);

}  // namespace kvsim::report
