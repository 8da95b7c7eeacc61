#include "sim/workload/azure_trace.hpp"

#include "sim/workload/csv_trace.hpp"

namespace kvsim::workload {

spec::TraceColumns azure_columns() {
  return {.arrival = "TIMESTAMP",
          .prompt_tokens = "ContextTokens",
          .output_tokens = "GeneratedTokens",
          .arrival_unit = spec::TimeUnit::Timestamp};
}

std::unique_ptr<TraceReader> open_azure_trace(const spec::WorkloadSpec& workload) {
  return std::make_unique<CsvTrace>(workload, CsvLayout{azure_columns(), false});
}

}  // namespace kvsim::workload
