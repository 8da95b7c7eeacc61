#include "sim/workload/arrivals.hpp"

#include "sim/workload/distributions.hpp"
#include "sim/workload/time_scaling.hpp"

namespace kvsim::workload {

ArrivalTimes::ArrivalTimes(const spec::ArrivalSpec& arrivals, std::uint64_t seed)
    : arrivals_(arrivals), stream_(Rng::stream("arrivals", seed)) {
  if (arrivals.process == spec::ArrivalProcess::Stages) {
    staged_.emplace(arrivals.stages, arrivals.gaps, stream_);
  }
  if (arrivals.process == spec::ArrivalProcess::Sine) {
    sine_.emplace(arrivals.sine);
  }
}

// Items are asked for one after the other.
double ArrivalTimes::exponential_gap(std::uint64_t index) {
  const std::size_t place = index % Drawn::kCount;
  if (place == 0) {
    stream_.uniforms(index, drawn_.gap);
    for (double& gap : drawn_.gap) {
      gap = exponential_quantile(gap);
    }
  }
  return drawn_.gap[place];
}

Duration ArrivalTimes::random_gap(std::uint64_t index) {
  const double rate = arrivals_.request_rate.value();
  const double shape = arrivals_.burstiness;
  if (sine_) {
    const double plain = exponential_gap(index) / rate;
    return to_duration(Seconds(sine_->gap(last_, plain)));
  }
  if (arrivals_.process == spec::ArrivalProcess::Poisson || shape == 1) {
    return to_duration(Seconds(exponential_gap(index) / rate));
  }
  RandomDraws draws = stream_.at(index);
  return to_duration(Seconds(draw_gamma(draws, shape) / shape / rate));
}

std::optional<SimTime> ArrivalTimes::next() {
  const std::uint64_t index = count_++;
  switch (arrivals_.process) {
    case spec::ArrivalProcess::AllAtOnce:
      break;
    case spec::ArrivalProcess::Stages:
      return staged_->next();
    case spec::ArrivalProcess::Constant:
      last_ = SimTime(divide(Duration(kAttosecondsPerSecond) * static_cast<Int128>(count_),
                             arrivals_.request_rate.value()));
      break;
    case spec::ArrivalProcess::Poisson:
    case spec::ArrivalProcess::Gamma:
    case spec::ArrivalProcess::Sine:
      last_ = last_ + random_gap(index);
      break;
  }
  return last_;
}

}  // namespace kvsim::workload
