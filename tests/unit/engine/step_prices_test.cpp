#include "sim/engine/step_prices.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "shapes.hpp"

namespace kvsim::engine {
namespace {

std::int64_t between(std::int64_t low, std::int64_t high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(low, high + 1));
}

// Decodes, whole prompts, later chunks, all of them together.
model::BatchShape random_batch(const std::vector<model::Span>& spans) {
  model::BatchShape batch;
  for (std::int64_t n = between(0, 40); n > 0; --n) {
    model::add_decode(batch, spans, between(1, *rc::gen::element<std::int64_t>(10, 3000)));
  }
  for (std::int64_t chunks = between(batch.sampled_tokens == 0 ? 1 : 0, 2); chunks > 0; --chunks) {
    model::add_prefill(batch, spans, between(0, 1) * between(1, 500), between(2, 900));
  }
  batch.padded_tokens = batch.decode_sequences + batch.prefill_tokens + between(0, 7);
  return batch;
}

bool same(const Ledger& a, const Ledger& b) {
  return a.time_in == b.time_in && a.time_by_provenance == b.time_by_provenance &&
         a.time_by_card == b.time_by_card && a.weight_bytes == b.weight_bytes &&
         a.kv_bytes == b.kv_bytes && a.steps == b.steps;
}

// With break points at short contexts: powers of two from 4 on, a least time per tile, a domain.
spec::CardSpec broken_decode(spec::CardOperator op) {
  spec::CardSpec card = test::streaming_card(op, 1, 0.8, 0.5);
  card.form = spec::CardForm::Decode;
  card.decode.launch = to_duration(Seconds(1e-6));
  card.decode.log_context = to_duration(Seconds(2e-7));
  card.decode.log_from = 4;
  card.decode.tile_floor = to_duration(Seconds(static_cast<double>(between(0, 9)) * 1e-7));
  card.decode.tile = to_duration(Seconds(1e-8));
  card.decode.bandwidth_efficiency = 0.8;
  card.decode.compute_efficiency = 0.5;
  card.domain.max_context = between(0, 1) * 700;
  return card;
}

std::vector<spec::CardSpec> random_cards() {
  std::vector<spec::CardSpec> cards = test::round_cards();
  for (spec::CardSpec& card : cards) {
    const bool decode = card.op == spec::CardOperator::DecodeAttention ||
                        card.op == spec::CardOperator::DecodeAttentionMla;
    if (decode && between(0, 3) > 0) {
      card = broken_decode(card.op);
    }
  }
  // A host that hides the GPU for a while.
  cards.back() = test::host_card(1, static_cast<double>(between(0, 1) * between(0, 300)), 0.5);
  return cards;
}

// Every quote is the pricer's own answer, and what was booked is what the pricer would have booked,
// by whichever of two replicas that share their prices.
RC_GTEST_PROP(StepPrices, AreThePricersOwn, ()) {
  const spec::ModelSpec model = *rc::gen::elementOf(test::tiny_variants());
  spec::EngineSpec engine = test::engine();
  engine.async_scheduling = between(0, 1) == 0;
  const auto pricer =
      std::make_shared<const cost::StepPricer>(model, test::h100(), engine, random_cards());
  const auto list = std::make_shared<PriceList>(pricer);
  std::array<StepPrices, 2> of_replicas = {StepPrices(list), StepPrices(list)};
  Ledger ledger(1);
  Ledger expected(1);
  for (int round = 0; round < 30; ++round) {
    StepPrices& prices = of_replicas[static_cast<std::size_t>(between(0, 1))];
    const model::BatchShape batch = random_batch(pricer->graph().spans);
    ArithmeticSeries times;
    const std::int64_t steps_valid = prices.quote(batch, times);
    const cost::StepCost cost = pricer->price(batch);
    RC_ASSERT(times.first == cost.time.first);
    RC_ASSERT(times.step == cost.time.per_step);
    RC_ASSERT(steps_valid == cost.steps_valid);
    const std::int64_t steps = between(1, std::min<std::int64_t>(cost.steps_valid, 50));
    prices.book(steps, ledger);
    expected.add_steps(cost, steps, steps * (steps - 1) / 2);
  }
  for (int time = 0; time < 2; ++time) {  // the second time nothing is left to write
    for (StepPrices& prices : of_replicas) {
      prices.flush(ledger);
    }
    list->write_down(ledger);
    RC_ASSERT(same(ledger, expected));
  }
}

// Sequences that decode and one prompt that is all of it there: told by three numbers where decode
// attention follows from sums, as for one kind of span.
RC_GTEST_PROP(StepPrices, OfOneWholePromptAreThePricersOwn, ()) {
  const spec::ModelSpec model = *rc::gen::elementOf(test::tiny_variants());
  const auto pricer =
      std::make_shared<const cost::StepPricer>(model, test::h100(), test::engine(), random_cards());
  const auto list = std::make_shared<PriceList>(pricer);
  StepPrices prices(list);
  Ledger ledger(1);
  Ledger expected(1);
  for (int round = 0; round < 30; ++round) {
    const std::vector<model::Span>& spans = pricer->graph().spans;
    model::BatchShape batch;
    for (std::int64_t n = between(0, 40); n > 0; --n) {
      model::add_decode(batch, spans, between(1, 3000));
    }
    const std::int64_t prompt = between(2, 900);
    model::add_prefill(batch, spans, 0, prompt);
    batch.padded_tokens = batch.decode_sequences + prompt + between(0, 7);
    const std::optional<Int128> time = prices.quote_with_prompt(
        batch.decode_sequences, batch.spans[0].decode_context, prompt, batch.padded_tokens);
    RC_ASSERT(time.has_value() == (spans.size() == 1));
    if (time) {
      const cost::StepCost cost = pricer->price(batch);
      RC_ASSERT(*time == cost.time.first);
      prices.book(1, ledger);
      expected.add_step(cost);
    }
  }
  prices.flush(ledger);
  list->write_down(ledger);
  RC_ASSERT(same(ledger, expected));
}

}  // namespace
}  // namespace kvsim::engine
