// The door of the room: which request arrives next, and how long it is.
//
// Two kinds of source, one interface:
//   generated   arrivals from a named process, lengths from named distributions
//   trace       arrivals and lengths from a file, or lengths only when arrivals are generated
//
// Where requests are turns of conversations, next() gives the first turns and after() the others.
//
// The first generated request arrives one gap after the start, as in `vllm bench serve`
// (benchmarks/serve.py adds up the gaps, then sleeps before each request). Not done, unlike there:
// the arrivals are not rescaled so that the last one falls on num_requests / rate.
//
// Draws of request i come from item i of the streams "arrivals", "prompt_lengths",
// "output_lengths" and "priorities". So another rate only stretches the same arrivals, and another
// length distribution leaves the arrivals alone (common random numbers).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/base/ids.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/spec/prompt_content.hpp"
#include "sim/spec/workload.hpp"

namespace kvsim::workload {

struct Request {
  RequestId id;                    ///< 0, 1, 2, … in the order of next() and after()
  SimTime arrival;                 ///< 0 for every request of a closed loop that next() gives
  std::int64_t prompt_tokens = 0;  ///< at least 1
  std::int64_t output_tokens = 0;  ///< at least 1, at most max_tokens
  std::int64_t max_tokens = 0;     ///< the limit the client sends; without one, output_tokens
  std::int64_t priority = 0;       ///< less is sooner, as in vLLM
  spec::Content content{};         ///< null: unknown; else of the prompt, then of the answer
  friend bool operator==(const Request&, const Request&);  ///< contents by their stretches
};

class RequestSource {
 public:
  virtual ~RequestSource() = default;

  /// The next request, in order of arrival; nothing after the last one.
  /// Throws ConfigError when a trace turns out to be malformed at that point.
  [[nodiscard]] virtual std::optional<Request> next() = 0;

  /// The request that follows once `finished` has its answer, at `now`; it arrives then or later.
  /// Nothing: none follows. Requires: after() or refused() once at most for each request.
  [[nodiscard]] virtual std::optional<Request> after(RequestId finished, SimTime now);
  /// `request` gets no answer, so nothing will follow it.
  virtual void refused(RequestId request);

  /// Malformed lines that were passed over so far (skip_bad_lines).
  [[nodiscard]] virtual std::int64_t skipped_lines() const { return 0; }
  /// Requests that failed when the trace was taken (BurstGPT: 0 response tokens), so far. They
  /// have no length to replay and are left out.
  [[nodiscard]] virtual std::int64_t failed_requests() const { return 0; }
};

/// The source that `workload` describes. A trace is read as next() is called, so memory does not
/// grow with its length; its header and first request are read here.
/// Throws ConfigError: the trace cannot be read, or a number is beyond what can be simulated.
/// Requires: the rules of spec/workload.cpp hold (checked).
[[nodiscard]] std::unique_ptr<RequestSource> make_source(const spec::WorkloadSpec& workload,
                                                         std::uint64_t seed);

}  // namespace kvsim::workload
