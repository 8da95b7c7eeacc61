#include "sim/cost/card_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace kvsim::cost {
namespace {

// aiconfigurator's default for operators without a table (perf_database.py @095f58a): 80 % of the
// peak and 3 us per call.
constexpr double kDatasheetEfficiency = 0.8;
constexpr double kDatasheetLaunchSeconds = 3e-6;
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
  const double link = gpu.nvlink_bandwidth.value_or(gpu.pcie_bandwidth).value();
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
    case model::OperatorKind::LinearAttention:
      return spec::CardOperator::LinearAttention;
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

ChosenCard CardBook::choose(spec::CardOperator op, spec::Dtype dtype, std::int64_t ranks) const {
  std::optional<ChosenCard> best;
  const auto rank = [&](const ChosenCard& chosen) {
    return std::tuple(chosen.provenance, chosen.card.stack != stack_, chosen.card.name);
  };
  for (const spec::CardSpec& card : cards_) {
    const bool own = lists(card.gpus, gpu_.name) || lists(card.gpus, "any");
    const bool transferred = lists(card.transfer_to, gpu_.name);
    const bool dtype_fits =
        card.dtypes.empty() || lists(card.dtypes, spec::name_of(dtype, spec::kDtypeNames));
    if (card.op != op || !(own || transferred) || !dtype_fits || !has_row_for(card, ranks)) {
      continue;
    }
    ChosenCard candidate{
        card, own ? card.provenance : std::max(card.provenance, spec::Provenance::Extrapolated)};
    if (!best || rank(candidate) < rank(*best)) {
      best = std::move(candidate);
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
