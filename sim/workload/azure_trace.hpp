// The Azure LLM inference traces (Splitwise, ISCA'24; github.com/Azure/AzurePublicDataset):
//
//   TIMESTAMP,ContextTokens,GeneratedTokens
//   2023-11-16 18:15:46.6805900,374,44
//
// CSV with fixed names, wall-clock timestamps of seven decimals, CRLF line ends and none at the
// last line. Times count from the first row.
#pragma once

#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {

[[nodiscard]] spec::TraceColumns azure_columns();
[[nodiscard]] std::unique_ptr<TraceReader> open_azure_trace(const spec::WorkloadSpec& workload);

}  // namespace kvsim::workload
