// Specs that several tests start from.
#pragma once

#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"

namespace kvsim::workload {

[[nodiscard]] inline double seconds_of(SimTime instant) {
  return to_seconds(instant.since_start()).value();
}

inline spec::LengthSpec fixed_length(std::int64_t tokens) {
  spec::LengthSpec length;
  length.fixed = tokens;
  return length;
}

inline spec::LengthSpec uniform_length(std::int64_t min, std::int64_t max) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Uniform;
  length.uniform = {min, max};
  return length;
}

inline spec::LengthSpec lognormal_length(double mean, double p99) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Lognormal;
  length.lognormal = {.mean = mean, .p99 = p99, .median = {}};
  return length;
}

inline spec::LengthSpec normal_length(const spec::NormalSpec& normal) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Normal;
  length.normal = normal;
  return length;
}

inline spec::LengthSpec empirical_length(std::vector<std::int64_t> tokens,
                                         std::vector<double> weights) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Empirical;
  length.empirical = {std::move(tokens), std::move(weights)};
  return length;
}

inline spec::ArrivalSpec arrivals(spec::ArrivalProcess process, double rate,
                                  double burstiness = 1) {
  return {.process = process, .request_rate = PerSecond(rate), .burstiness = burstiness};
}

/// Poisson arrivals with the lengths of the Azure conversation trace: mean 1155, p99 4142 prompt
/// tokens, mean 211, p99 601 output tokens.
inline spec::WorkloadSpec chat(double rate, std::int64_t num_requests) {
  spec::WorkloadSpec workload;
  workload.arrivals = arrivals(spec::ArrivalProcess::Poisson, rate);
  workload.lengths = spec::LengthsSpec{.prompt = lognormal_length(1155, 4142),
                                       .output = lognormal_length(211, 601),
                                       .max_tokens = {}};
  workload.num_requests = num_requests;
  return workload;
}

}  // namespace kvsim::workload
