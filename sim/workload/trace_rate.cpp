#include "sim/workload/trace_rate.hpp"

#include <fmt/format.h>

#include "sim/base/diagnostic.hpp"
#include "sim/workload/time_scaling.hpp"
#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {
namespace {

[[noreturn]] void refuse_rate(const TextFile& file, std::string message, std::string note) {
  file.fail(std::move(message), {std::move(note), "or drop workload.request_rate"});
}

double own_rate(const spec::WorkloadSpec& workload) {
  const std::unique_ptr<TraceReader> reader = open_trace(workload);
  std::int64_t count = 0;
  SimTime first;
  SimTime last;
  while (!workload.num_requests || count < *workload.num_requests) {
    const std::optional<TraceRow> row = reader->next();
    if (!row) {
      break;
    }
    first = count++ == 0 ? row->arrival : first;
    last = row->arrival;
  }
  if (last == first) {
    refuse_rate(reader->file(),
                fmt::format("the trace has no rate of its own: its {} request(s) arrive at one "
                            "instant",
                            count),
                "for arrivals at a rate take arrivals: beside the trace");
  }
  return static_cast<double>(count - 1) / to_seconds(last - first).value();
}

}  // namespace

spec::WorkloadSpec with_own_speedup(const spec::WorkloadSpec& workload) {
  spec::WorkloadSpec scaled = workload;
  if (!workload.trace || !workload.request_rate) {
    return scaled;
  }
  const double own = own_rate(workload);
  scaled.speedup = workload.request_rate->value() / own;
  if (scaled.speedup < kSmallestDivisor || scaled.speedup > kLargestDivisor) {
    throw ConfigError({{.place = {},
                        .message = fmt::format("a trace of {:g}/s cannot be replayed at {:g}/s",
                                               own, workload.request_rate->value()),
                        .path = "workload.request_rate",
                        .source_line = {},
                        .notes = {"from a millionth of its own rate to 1e12 times can"}}});
  }
  return scaled;
}

}  // namespace kvsim::workload
