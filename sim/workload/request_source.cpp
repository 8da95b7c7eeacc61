#include "sim/workload/request_source.hpp"

#include "sim/base/check.hpp"
#include "sim/workload/conversation_source.hpp"
#include "sim/workload/generated_source.hpp"
#include "sim/workload/limits.hpp"
#include "sim/workload/prioritized_source.hpp"
#include "sim/workload/trace_source.hpp"

namespace kvsim::workload {
namespace {

void check_rules(const spec::WorkloadSpec& workload) {
  KVSIM_CHECK(workload.trace.has_value() != workload.lengths.has_value(),
              "a workload has either a trace or lengths");
  KVSIM_CHECK(!(workload.arrivals && workload.closed_loop),
              "a workload has either arrivals or a closed loop");
  KVSIM_CHECK(workload.trace || workload.arrivals || workload.closed_loop,
              "lengths need arrivals or a closed loop");
  KVSIM_CHECK(workload.lengths || !(workload.shared_prefix || workload.conversation),
              "shared prefixes and conversations are generated from lengths");
  const bool staged =
      workload.arrivals && workload.arrivals->process == spec::ArrivalProcess::Stages;
  KVSIM_CHECK(workload.trace || workload.num_requests || staged,
              "lengths need a number of requests or stages");
  KVSIM_CHECK(!workload.trace || workload.format != spec::TraceFormat::Lengths ||
                  workload.arrivals || workload.closed_loop,
              "a trace of lengths needs arrivals or a closed loop");
}

bool same_content(const spec::Content& a, const spec::Content& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

bool operator==(const Request& a, const Request& b) {
  return a.id == b.id && a.arrival == b.arrival && a.prompt_tokens == b.prompt_tokens &&
         a.output_tokens == b.output_tokens && a.max_tokens == b.max_tokens &&
         a.priority == b.priority && same_content(a.content, b.content);
}

std::optional<Request> RequestSource::after(RequestId, SimTime) { return std::nullopt; }
void RequestSource::refused(RequestId) {}

std::unique_ptr<RequestSource> make_source(const spec::WorkloadSpec& workload, std::uint64_t seed) {
  check_rules(workload);
  check_limits(workload);
  if (workload.conversation) {
    return std::make_unique<ConversationSource>(workload, seed);
  }
  std::unique_ptr<RequestSource> source;
  if (workload.trace) {
    source = std::make_unique<TraceSource>(workload, seed);
  } else {
    source = std::make_unique<GeneratedSource>(workload, seed);
  }
  if (workload.priorities) {
    return std::make_unique<PrioritizedSource>(std::move(source), *workload.priorities, seed);
  }
  return source;
}

}  // namespace kvsim::workload
