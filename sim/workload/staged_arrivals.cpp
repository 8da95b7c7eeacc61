#include "sim/workload/staged_arrivals.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/workload/distributions.hpp"
#include "sim/workload/time_scaling.hpp"

namespace kvsim::workload {
namespace {

// floor(rate · duration), where 0.1/s · 30 s is 3 although the doubles' product may be less.
std::int64_t requests_in(const spec::RateStage& stage) {
  const double requests = stage.request_rate.value() * to_seconds(stage.duration).value();
  return static_cast<std::int64_t>(std::floor(requests * (1 + 1e-12)));
}

}  // namespace

StagedArrivals::StagedArrivals(std::vector<spec::RateStage> stages, spec::StageGaps gaps,
                               Rng stream)
    : stages_(std::move(stages)), gaps_(gaps), stream_(stream) {
  count_stage();
}

double StagedArrivals::unit_gap(std::uint64_t index) const {
  RandomDraws draws = stream_.at(index);
  return draw_exponential(draws);
}

void StagedArrivals::enter_next_stage() {
  begin_ = begin_ + stages_[stage_].duration;
  last_ = begin_;
  ++stage_;
  count_stage();
}

// The gaps are drawn twice, here and when they are used, so that no stage is held in memory.
void StagedArrivals::count_stage() {
  if (gaps_ == spec::StageGaps::Poisson || stage_ == stages_.size()) {
    return;
  }
  in_stage_ = requests_in(stages_[stage_]);
  sent_ = 0;
  gap_sum_ = 0;
  gap_sum_sent_ = 0;
  if (gaps_ == spec::StageGaps::Counted) {
    for (std::int64_t i = 0; i < in_stage_; ++i) {
      gap_sum_ += unit_gap(item_ + static_cast<std::uint64_t>(i));
    }
  }
}

std::optional<SimTime> StagedArrivals::next() {
  return gaps_ == spec::StageGaps::Poisson ? next_poisson() : next_of_count();
}

std::optional<SimTime> StagedArrivals::next_poisson() {
  double gap = unit_gap(item_++);
  while (stage_ < stages_.size()) {
    const double rate = stages_[stage_].request_rate.value();
    const Duration left = begin_ + stages_[stage_].duration - last_;
    const double expected = rate * to_seconds(left).value();
    if (gap < expected) {
      last_ = last_ + std::min(left, to_duration(Seconds(gap / rate)));
      return last_;
    }
    gap -= expected;
    enter_next_stage();
  }
  return std::nullopt;
}

std::optional<SimTime> StagedArrivals::next_of_count() {
  while (stage_ < stages_.size() && sent_ == in_stage_) {
    enter_next_stage();
  }
  if (stage_ == stages_.size()) {
    return std::nullopt;
  }
  const spec::RateStage& stage = stages_[stage_];
  const std::uint64_t index = item_++;
  ++sent_;
  Duration since_begin;
  if (gaps_ == spec::StageGaps::Constant) {
    since_begin = divide(Duration(kAttosecondsPerSecond) * static_cast<Int128>(sent_),
                         stage.request_rate.value());
  } else {
    gap_sum_sent_ += unit_gap(index);
    since_begin = to_duration(to_seconds(stage.duration) * (gap_sum_sent_ / gap_sum_));
  }
  last_ = begin_ + std::min(stage.duration, since_begin);
  return last_;
}

}  // namespace kvsim::workload
