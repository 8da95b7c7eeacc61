#include "sim/cost/card_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "sim/cost/stack.hpp"
#include "sim/cost/transfer_error.hpp"

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

// (n-1)/n of the message cross each link, twice in an all-reduce, whatever the algorithm (ring
// bound; nccl-tests, doc/PERFORMANCE.md).
spec::CollectiveRow link_row(const spec::GpuSpec& gpu, spec::CardOperator op, std::int64_t ranks) {
  const double link = spec::link_bandwidth(gpu).value();
  const double passes = op == spec::CardOperator::AllReduce ? 2 : 1;
  const double share = passes * static_cast<double>(ranks - 1) / static_cast<double>(ranks);
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
    case model::OperatorKind::PrefillAttentionSparse:
      return spec::CardOperator::PrefillAttentionSparse;
    case model::OperatorKind::AllReduce:
      return spec::CardOperator::AllReduce;
    case model::OperatorKind::AllGather:
      return spec::CardOperator::AllGather;
    case model::OperatorKind::ElementWise:
      return spec::CardOperator::ElementWise;
    case model::OperatorKind::Embedding:
      return spec::CardOperator::Embedding;
    case model::OperatorKind::Sampling:
      return spec::CardOperator::Sampling;
  }
  return spec::CardOperator::ElementWise;
}

CardBook::CardBook(std::vector<spec::CardSpec> cards, spec::GpuSpec gpu, std::string stack)
    : cards_(std::move(cards)), gpu_(std::move(gpu)), stack_(std::move(stack)) {}

namespace {

enum class Claim { Own, Transferred, Borrowed };

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

// Small kernels without a card of their own are priced like the others.
bool stands_in_for(const spec::CardSpec& card, spec::CardOperator op) {
  return card.op == spec::CardOperator::ElementWise &&
         (op == spec::CardOperator::Embedding || op == spec::CardOperator::Sampling);
}

}  // namespace

ChosenCard CardBook::choose(spec::CardOperator op, spec::Dtype dtype, std::int64_t ranks) const {
  std::optional<ChosenCard> best;
  using Rank = std::tuple<spec::Provenance, Claim, double, bool, double, std::string>;
  std::optional<Rank> best_rank;
  for (const spec::CardSpec& card : cards_) {
    const auto error_of = [&](const spec::CardSpec& each, Claim how) {
      return how == Claim::Own ? each.residuals.all.mape : transfer_error(each, gpu_, cards_);
    };
    const bool dtype_fits =
        card.dtypes.empty() || lists(card.dtypes, spec::name_of(dtype, spec::kDtypeNames));
    const std::optional<Claim> claim = claim_of(card, gpu_, dtype);
    const bool stands_in = stands_in_for(card, op);
    if ((card.op != op && !stands_in) || !claim || !dtype_fits || !has_row_for(card, ranks)) {
      continue;
    }
    const spec::Provenance provenance =
        *claim == Claim::Own ? card.provenance
                             : std::max(card.provenance, spec::Provenance::Extrapolated);
    const double far = *claim == Claim::Borrowed ? unlikeness(*card.measured_on, gpu_) : 0;
    Rank rank{provenance, *claim, far, stands_in, stack_distance(card.stack, stack_), card.name};
    if (!best_rank || rank < *best_rank) {
      best = ChosenCard{card, provenance, error_of(card, *claim)};
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
  if (spec::is_collective(op)) {
    card.form = spec::CardForm::Collective;
    card.collective.rows.push_back(link_row(gpu_, op, ranks));
  } else if (op == spec::CardOperator::Host) {
    card.form = spec::CardForm::Host;
  } else {
    card.streaming.launch = to_duration(Seconds(kDatasheetLaunchSeconds));
    card.streaming.bandwidth_efficiency = kDatasheetEfficiency;
    card.streaming.compute_efficiency = kDatasheetEfficiency;
  }
  return {card, spec::Provenance::Datasheet, std::nullopt};
}

}  // namespace kvsim::cost
