#include "sim/cost/card_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

namespace kvsim::cost {
namespace {

// aiconfigurator's default for operators without a table (perf_database.py @095f58a): 80 % of the
// peak and 3 us per call.
constexpr double kDatasheetEfficiency = 0.8;
constexpr double kDatasheetLaunchSeconds = 3e-6;
// Links that differ by less than this are taken for the same.
constexpr double kLinkTolerance = 1.1;
// NCCL's floor over NVLink is 8-16 us (nccl tables of the same source).
constexpr double kDatasheetCollectiveSeconds = 10e-6;

bool lists(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool has_row_for(const spec::CardSpec& card, std::int64_t ranks) {
  return card.form != spec::CardForm::Collective ||
         std::any_of(card.collective.rows.begin(), card.collective.rows.end(),
                     [&](const spec::CollectiveRow& row) { return row.gpus == ranks; });
}

// 2 (n-1)/n of the message cross each link in an all-reduce, whatever the algorithm (ring bound).
spec::CollectiveRow link_row(const spec::GpuSpec& gpu, std::int64_t ranks) {
  const double link = spec::link_bandwidth(gpu).value();
  const double share = 2.0 * static_cast<double>(ranks - 1) / static_cast<double>(ranks);
  spec::CollectiveRow row{ranks, {}, {}};
  for (std::int64_t size = 1 << 10; size <= (1 << 30); size *= 4) {
    const double transfer = share * static_cast<double>(size) / (kDatasheetEfficiency * link);
    row.bytes.push_back(size);
    row.time.push_back(to_duration(Seconds(kDatasheetCollectiveSeconds + transfer)));
  }
  return row;
}

}  // namespace

spec::CardOperator card_operator(model::OperatorKind kind) {
  switch (kind) {
    case model::OperatorKind::Gemm:
      return spec::CardOperator::Gemm;
    case model::OperatorKind::Moe:
      return spec::CardOperator::Moe;
    case model::OperatorKind::DecodeAttention:
      return spec::CardOperator::DecodeAttention;
    case model::OperatorKind::DecodeAttentionMla:
      return spec::CardOperator::DecodeAttentionMla;
    case model::OperatorKind::DecodeAttentionSparse:
      return spec::CardOperator::DecodeAttentionSparse;
    case model::OperatorKind::Indexer:
      return spec::CardOperator::Indexer;
    case model::OperatorKind::DecodeLinear:
      return spec::CardOperator::DecodeLinear;
    case model::OperatorKind::PrefillLinear:
      return spec::CardOperator::PrefillLinear;
    case model::OperatorKind::PrefillAttention:
      return spec::CardOperator::PrefillAttention;
    case model::OperatorKind::AllReduce:
      return spec::CardOperator::AllReduce;
    case model::OperatorKind::ElementWise:
      return spec::CardOperator::ElementWise;
  }
  return spec::CardOperator::ElementWise;
}

CardBook::CardBook(std::vector<spec::CardSpec> cards, spec::GpuSpec gpu, std::string stack)
    : cards_(std::move(cards)), gpu_(std::move(gpu)), stack_(std::move(stack)) {}

namespace {

enum class Claim { Own, Transferred, Borrowed };

double squared_log_ratio(double a, double b) {
  const double ratio = std::log(a / b);
  return ratio * ratio;
}

// How unlike two GPUs are: of peak bandwidth, peak rate and SMs.
double distance(const spec::CardGpu& from, const spec::GpuSpec& to) {
  return squared_log_ratio(from.bandwidth.value(), to.hbm.bandwidth.value()) +
         squared_log_ratio(from.bf16.value(), to.peak.bf16.value()) +
         squared_log_ratio(static_cast<double>(from.streaming_multiprocessors),
                           static_cast<double>(to.streaming_multiprocessors));
}

// A collective's time is its link's, which a card does not scale; fp8 kernels need fp8 units.
bool may_borrow(const spec::CardSpec& card, const spec::GpuSpec& gpu, spec::Dtype dtype) {
  if (!card.measured_on || card.measured_on->vendor != gpu.vendor) {
    return false;
  }
  if (card.form == spec::CardForm::Collective) {
    const double ratio = spec::link_bandwidth(gpu).value() / card.measured_on->link.value();
    return ratio > 1 / kLinkTolerance && ratio < kLinkTolerance;
  }
  return !spec::is_fp8(dtype) || gpu.peak.fp8.has_value();
}

std::optional<Claim> claim_of(const spec::CardSpec& card, const spec::GpuSpec& gpu,
                              spec::Dtype dtype) {
  if (lists(card.gpus, gpu.name) || lists(card.gpus, "any")) {
    return Claim::Own;
  }
  if (lists(card.transfer_to, gpu.name)) {
    return Claim::Transferred;
  }
  return may_borrow(card, gpu, dtype) ? std::optional(Claim::Borrowed) : std::nullopt;
}

}  // namespace

ChosenCard CardBook::choose(spec::CardOperator op, spec::Dtype dtype, std::int64_t ranks) const {
  std::optional<ChosenCard> best;
  using Rank = std::tuple<spec::Provenance, Claim, double, bool, std::string>;
  std::optional<Rank> best_rank;
  for (const spec::CardSpec& card : cards_) {
    const bool dtype_fits =
        card.dtypes.empty() || lists(card.dtypes, spec::name_of(dtype, spec::kDtypeNames));
    const std::optional<Claim> claim = claim_of(card, gpu_, dtype);
    if (card.op != op || !claim || !dtype_fits || !has_row_for(card, ranks)) {
      continue;
    }
    const spec::Provenance provenance =
        *claim == Claim::Own ? card.provenance
                             : std::max(card.provenance, spec::Provenance::Extrapolated);
    const double far = *claim == Claim::Borrowed ? distance(*card.measured_on, gpu_) : 0;
    Rank rank{provenance, *claim, far, card.stack != stack_, card.name};
    if (!best_rank || rank < *best_rank) {
      best = ChosenCard{card, provenance};
      best_rank = std::move(rank);
    }
  }
  return best ? *best : datasheet(op, ranks);
}

ChosenCard CardBook::datasheet(spec::CardOperator op, std::int64_t ranks) const {
  spec::CardSpec card;
  card.name =
      fmt::format("{}/{}/datasheet", gpu_.name, spec::name_of(op, spec::kCardOperatorNames));
  card.op = op;
  card.source = gpu_.source;
  if (op == spec::CardOperator::AllReduce) {
    card.form = spec::CardForm::Collective;
    card.collective.rows.push_back(link_row(gpu_, ranks));
  } else if (op == spec::CardOperator::Host) {
    card.form = spec::CardForm::Host;
  } else {
    card.streaming.launch = to_duration(Seconds(kDatasheetLaunchSeconds));
    card.streaming.bandwidth_efficiency = kDatasheetEfficiency;
    card.streaming.compute_efficiency = kDatasheetEfficiency;
  }
  return {card, spec::Provenance::Datasheet};
}

}  // namespace kvsim::cost
