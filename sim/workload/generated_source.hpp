// Requests made from a process of arrivals and two distributions of lengths.
#pragma once

#include <array>

#include "sim/workload/arrivals.hpp"
#include "sim/workload/lengths.hpp"
#include "sim/workload/request_source.hpp"
#include "sim/workload/shared_prefixes.hpp"

namespace kvsim::workload {

class GeneratedSource final : public RequestSource {
 public:
  /// Requires: workload has lengths, and num_requests or stages of arrivals.
  GeneratedSource(const spec::WorkloadSpec& workload, std::uint64_t seed);

  [[nodiscard]] std::optional<Request> next() override;

 private:
  /// Lengths of requests that are next, drawn some at a time: independent draws overlap in the
  /// processor, one after the other they wait for each other.
  struct Drawn {
    static constexpr std::size_t kCount = 32;
    std::array<std::int64_t, kCount> prompt;
    std::array<std::int64_t, kCount> output;
  };
  void draw_lengths();
  void put_prefix_before(Request& request) const;

  std::optional<ArrivalTimes> arrivals_;  ///< empty: closed loop
  LengthSampler prompt_;
  LengthSampler output_;
  std::optional<SharedPrefixes> prefixes_;
  std::optional<std::int64_t> max_tokens_;
  Rng prompt_stream_;
  Rng output_stream_;
  std::optional<std::int64_t> num_requests_;  ///< empty: until the arrivals end
  std::int64_t count_ = 0;
  Drawn drawn_{};  ///< of requests from count_ / kCount * kCount on
};

}  // namespace kvsim::workload
