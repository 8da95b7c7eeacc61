#include "sim/cost/step_pricer.hpp"

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/cost/call_time.hpp"
#include "sim/cost/price_draw.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/step.hpp"

namespace kvsim::cost {
namespace {

template <class Array, class Enum>
auto& at(Array& array, Enum key) {
  return array[static_cast<std::size_t>(key)];
}

StepPart part_of(const model::Operator& op) {
  switch (op.rows) {
    case model::RowsOf::StepTokens:
      return StepPart::Tokens;
    case model::RowsOf::SampledTokens:
      return StepPart::Samples;
    case model::RowsOf::DecodeSequences:
      return StepPart::Decode;
    case model::RowsOf::PrefillTokens:
    case model::RowsOf::PrefillContext:
      break;
  }
  return StepPart::Prefill;
}

bool depends_on_context(const model::Operator& op) {
  return op.kv_bytes_per_context_token != 0 || op.flops_per_context_token != 0 ||
         op.flops_per_pair != 0;
}

}  // namespace

StepPricer::StepPricer(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                       const spec::EngineSpec& engine, const std::vector<spec::CardSpec>& cards,
                       const std::optional<spec::PriceDraw>& draw)
    : gpu_(gpu),
      graph_(model::build_step(model, model::parallel_of(engine), model::kv_dtype(model, engine))),
      async_scheduling_(engine.async_scheduling) {
  const CardBook book(cards, gpu, engine.stack);
  for (const model::Operator& op : graph_.operators) {
    const StepPart part = part_of(op);
    KVSIM_CHECK(part == StepPart::Decode || part == StepPart::Prefill || !depends_on_context(op),
                "a product reads context");
    at(operators_of_, part).push_back(card_of_.size());
    card_of_.push_back(card_index(book.choose(card_operator(op.kind), op.dtype, op.ranks)));
  }
  cards_.push_back(book.choose(spec::CardOperator::Host, model.dtype));
  host_ = cards_.back().card.host;
  factor_of_.resize(card_of_.size());
  if (draw) {
    draw_prices(*draw, engine.stack);
  }
  KVSIM_CHECK(cards_.size() <= kMaxCards, "one model uses more cards than StepCost has room for");
}

void StepPricer::draw_prices(const spec::PriceDraw& draw, const std::string& stack) {
  for (std::size_t i = 0; i < card_of_.size(); ++i) {
    const model::Operator& op = graph_.operators[i];
    const ChosenCard& chosen = cards_[card_of_[i]];
    factor_of_[i] = price_factor(draw, chosen.card.name, op.name,
                                 price_spread(op, chosen, gpu_, stack, graph_.spans));
  }
  const ChosenCard& host = cards_.back();
  const double factor =
      price_factor(draw, host.card.name, {}, PriceSpread{.common = host_spread(host, stack)});
  for (Duration* part : {&host_.serial, &host_.per_step, &host_.per_sequence}) {
    *part = to_duration(Seconds(factor * to_seconds(*part).value()));
  }
}

OperatorTime StepPricer::time_of(std::size_t index, const model::BatchShape& batch) const {
  return operator_time(graph_.operators[index], cards_[card_of_[index]], gpu_, batch,
                       factor_of_[index]);
}

std::size_t StepPricer::card_index(const ChosenCard& chosen) {
  const auto known = std::find_if(cards_.begin(), cards_.end(), [&](const ChosenCard& each) {
    return each.card.name == chosen.card.name;
  });
  if (known == cards_.end()) {
    cards_.push_back(chosen);
    return cards_.size() - 1;
  }
  return static_cast<std::size_t>(known - cards_.begin());
}

bool StepPricer::depends_on_longest() const {
  return std::any_of(cards_.begin(), cards_.end(), [](const ChosenCard& chosen) {
    return chosen.card.form == spec::CardForm::Decode && chosen.card.decode.skew.has_value();
  });
}

StepCost StepPricer::price(const model::BatchShape& batch) const {
  KVSIM_CHECK(batch.sampled_tokens > 0, "an empty batch has no price");
  StepCost cost;
  cost.steps_valid = batch.prefill_tokens > 0 ? 1 : batch.steps_alike;
  for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
    add_operator(cost, i, batch);
  }
  const HostTime host = host_time(cost.time, batch.sampled_tokens);
  cost.steps_valid = std::min(cost.steps_valid, host.steps_valid);
  add_host(cost, host.time);
  return cost;
}

StepCost StepPricer::price(StepPart part, const model::BatchShape& batch) const {
  StepCost cost;
  cost.steps_valid = kUnlimitedSteps;
  for (const std::size_t index : at(operators_of_, part)) {
    add_operator(cost, index, batch);
  }
  return cost;
}

void StepPricer::share_out(StepPart part, const model::BatchShape& batch,
                           std::vector<OperatorShare>& shares) const {
  for (const std::size_t index : at(operators_of_, part)) {
    shares.push_back(share_of(index, batch));
  }
}

OperatorShare StepPricer::share_of(std::size_t index, const model::BatchShape& batch) const {
  const model::Operator& op = graph_.operators[index];
  const OperatorTime time = time_of(index, batch);
  const model::SpanCounts& counts = batch.spans[op.context_index];
  const std::int64_t growth = model::reads_decode_context(op) ? counts.decode_growing : 0;
  OperatorShare share;
  share.time = {
      time.constant.attoseconds() + time.per_context_token.attoseconds() * counts.decode_context,
      time.per_context_token.attoseconds() * counts.decode_growing};
  share.bucket = time.bucket;
  share.provenance = time.provenance;
  share.card = card_of_[index];
  share.truncated = time.truncated;
  share.steps_valid = time.steps_valid;
  share.weight_bytes = op.calls * model::weight_bytes_read(op, batch);
  share.kv_bytes = {op.calls * model::kv_bytes_read(op, batch),
                    op.calls * op.kv_bytes_per_context_token * growth};
  return share;
}

void StepPricer::add_operator(StepCost& cost, std::size_t index,
                              const model::BatchShape& batch) const {
  const OperatorShare share = share_of(index, batch);
  cost.time += share.time;
  at(cost.in_bucket, share.bucket) += share.time;
  at(cost.by_provenance, share.provenance) += share.time;
  cost.by_card[share.card] += share.time;
  if (share.truncated) {
    cost.truncated += share.time;
  }
  cost.steps_valid = std::min(cost.steps_valid, share.steps_valid);
  cost.weight_bytes += share.weight_bytes;
  cost.kv_bytes += share.kv_bytes;
}

// The host is the slower of the two: it fills the step up until the GPU catches up with it.
void StepPricer::fill_up(HostTime& host, const Affine& gpu, Int128 gap) {
  host.time += {gap, -gpu.per_step};
  if (gpu.per_step > 0) {
    const Int128 steps = (gap + gpu.per_step - 1) / gpu.per_step;
    host.steps_valid = static_cast<std::int64_t>(std::min<Int128>(host.steps_valid, steps));
  }
}

void StepPricer::add_host(StepCost& cost, const Affine& time) const {
  cost.time += time;
  at(cost.in_bucket, spec::TimeBucket::Host) += time;
  at(cost.by_provenance, cards_.back().provenance) += time;
  cost.by_card[cards_.size() - 1] += time;
}

std::vector<OperatorQuote> StepPricer::quote(const model::BatchShape& batch) const {
  std::vector<OperatorQuote> quotes;
  for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
    const model::Operator& op = graph_.operators[i];
    if (model::rows_of(op, batch) == 0) {
      continue;
    }
    const ChosenCard& chosen = cards_[card_of_[i]];
    const OperatorTime time = time_of(i, batch);
    const auto calls = static_cast<double>(op.calls);
    const double each = model::bytes_moved(op, batch);
    OperatorQuote quote{
        op.name,
        op.calls,
        calls * each,
        calls * (each - bytes_in_l2(chosen.card.streaming, gpu_, each)),
        calls * model::flops_done(op, batch),
        op.dtype,
        time.constant + time.per_context_token * batch.spans[op.context_index].decode_context,
        Duration(),
        time.bucket,
        time.provenance,
        chosen.card.name,
        chosen.error};
    quote.floor = to_duration(Seconds(std::max(quote.hbm_bytes / gpu_.hbm.bandwidth.value(),
                                               quote.flops / peak_rate(gpu_, op.dtype).value())));
    quotes.push_back(std::move(quote));
  }
  return quotes;
}

}  // namespace kvsim::cost
