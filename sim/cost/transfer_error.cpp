#include "sim/cost/transfer_error.hpp"

#include <algorithm>
#include <cmath>

namespace kvsim::cost {
namespace {

double squared_log_ratio(double a, double b) {
  const double ratio = std::log(a / b);
  return ratio * ratio;
}

// Sums of measured errors and of how unlike those pairs of GPUs are.
struct Transfers {
  int count = 0;
  double error = 0;
  double unlikeness = 0;
};

// How unlike they are is told by the other GPU's own cards, which say its peaks.
void add_transfers(Transfers& transfers, const spec::CardSpec& card,
                   const std::vector<spec::CardSpec>& cards) {
  for (const spec::CardErrorGroup& group : card.residuals.groups) {
    const auto other = std::find_if(cards.begin(), cards.end(), [&](const spec::CardSpec& each) {
      return each.measured_on && !each.gpus.empty() && each.gpus.front() == group.name;
    });
    if (group.by != spec::kByTransfer || !group.errors.mape || other == cards.end()) {
      continue;
    }
    const spec::CardGpu& peaks = *other->measured_on;
    spec::GpuSpec gpu;
    gpu.hbm.bandwidth = peaks.bandwidth;
    gpu.peak.bf16 = peaks.bf16;
    gpu.streaming_multiprocessors = peaks.streaming_multiprocessors;
    ++transfers.count;
    transfers.error += *group.errors.mape;
    transfers.unlikeness += unlikeness(*card.measured_on, gpu);
  }
}

template <class Wanted>
Transfers transfers_of(const std::vector<spec::CardSpec>& cards, const Wanted& wanted) {
  Transfers transfers;
  for (const spec::CardSpec& card : cards) {
    if (card.measured_on && wanted(card)) {
      add_transfers(transfers, card, cards);
    }
  }
  return transfers;
}

}  // namespace

double unlikeness(const spec::CardGpu& from, const spec::GpuSpec& to) {
  return squared_log_ratio(from.bandwidth.value(), to.hbm.bandwidth.value()) +
         squared_log_ratio(from.bf16.value(), to.peak.bf16.value()) +
         squared_log_ratio(static_cast<double>(from.streaming_multiprocessors),
                           static_cast<double>(to.streaming_multiprocessors));
}

std::optional<double> transfer_error(const spec::CardSpec& card, const spec::GpuSpec& gpu,
                                     const std::vector<spec::CardSpec>& cards) {
  if (!card.measured_on || !card.residuals.all.mape || card.form == spec::CardForm::Collective) {
    return card.residuals.all.mape;
  }
  Transfers measured =
      transfers_of(cards, [&](const spec::CardSpec& each) { return each.name == card.name; });
  if (measured.count == 0) {
    measured = transfers_of(cards, [&](const spec::CardSpec& each) { return each.op == card.op; });
  }
  if (measured.count == 0) {
    measured = transfers_of(cards, [](const spec::CardSpec&) { return true; });
  }
  if (measured.count == 0) {
    return std::nullopt;
  }
  const double own = *card.residuals.all.mape;
  const double far = unlikeness(*card.measured_on, gpu) * measured.count / measured.unlikeness;
  const double error = measured.error / measured.count;
  return std::sqrt(own * own + error * error * std::min(1.0, far));
}

}  // namespace kvsim::cost
