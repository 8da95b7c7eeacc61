#include "sim/workload/arrivals.hpp"

#include <algorithm>

#include "sim/workload/distributions.hpp"
#include "sim/workload/time_scaling.hpp"

namespace kvsim::workload {
namespace {

bool is_memoryless(const spec::ArrivalSpec& arrivals) {
  return arrivals.process == spec::ArrivalProcess::Poisson ||
         (arrivals.process == spec::ArrivalProcess::Gamma && arrivals.burstiness == 1);
}

}  // namespace

ArrivalTimes::ArrivalTimes(const spec::ArrivalSpec& arrivals, std::uint64_t seed)
    : arrivals_(arrivals),
      stream_(Rng::stream("arrivals", seed)),
      memoryless_(is_memoryless(arrivals)) {
  if (arrivals.process == spec::ArrivalProcess::Stages) {
    staged_.emplace(arrivals.stages, arrivals.gaps, stream_);
  }
  if (arrivals.process == spec::ArrivalProcess::Sine) {
    sine_.emplace(arrivals.sine);
  }
}

// Items are asked for one after the other.
std::size_t ArrivalTimes::drawn_at(std::uint64_t index) {
  const std::size_t place = index % Drawn::kCount;
  if (place == 0) {
    draw_gaps(index);
  }
  return place;
}

void ArrivalTimes::draw_gaps(std::uint64_t first) {
  stream_.uniforms(first, drawn_.gap);
  for (double& gap : drawn_.gap) {
    gap = exponential_quantile(gap);
  }
  if (memoryless_) {
    const double rate = arrivals_.request_rate.value();
    std::transform(drawn_.gap.begin(), drawn_.gap.end(), drawn_.time.begin(),
                   [rate](double gap) { return to_duration(Seconds(gap / rate)); });
  }
}

Duration ArrivalTimes::random_gap(std::uint64_t index) {
  const double rate = arrivals_.request_rate.value();
  if (sine_) {
    return to_duration(Seconds(sine_->gap(last_, drawn_.gap[drawn_at(index)] / rate)));
  }
  const double shape = arrivals_.burstiness;
  RandomDraws draws = stream_.at(index);
  return to_duration(Seconds(draw_gamma(draws, shape) / shape / rate));
}

std::optional<SimTime> ArrivalTimes::next() {
  const std::uint64_t index = count_++;
  if (memoryless_) {
    const SimTime arrival = last_ + drawn_.time[drawn_at(index)];
    last_ = arrival;
    return arrival;
  }
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
