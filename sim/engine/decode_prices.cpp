#include "sim/engine/decode_prices.hpp"

namespace kvsim::engine {
namespace {

std::size_t sequences_of(const model::BatchShape& batch) {
  return static_cast<std::size_t>(batch.decode_sequences);
}

}  // namespace

DecodePrices::Quote DecodePrices::quote(const model::BatchShape& batch, Ledger& ledger) {
  const std::size_t sequences = sequences_of(batch);
  const std::int64_t context = batch.spans[0].decode_context;
  if (sequences >= lines_.size()) {
    lines_.resize(sequences + 1);
    costs_.resize(sequences + 1);
  }
  const Line& line = lines_[sequences];
  if (context < line.from || context - line.from >= line.valid) {
    draw(batch, ledger);
  }
  const std::int64_t beyond = context - line.from;
  const std::int64_t growth = batch.decode_sequences;
  return {{line.time.first + line.time.per_step * beyond, line.time.per_step * growth},
          (line.valid - 1 - beyond) / growth + 1};
}

// The first line of an n begins where each sequence attends to itself alone; a later one at hand.
void DecodePrices::draw(const model::BatchShape& batch, Ledger& ledger) {
  const std::size_t sequences = sequences_of(batch);
  Line& line = lines_[sequences];
  const bool is_first = line.valid == 0;
  flush(sequences, ledger);
  model::BatchShape growing = batch;
  growing.spans[0].decode_growing = 1;
  const std::int64_t here = batch.spans[0].decode_context;
  for (const std::int64_t from : {is_first ? batch.decode_sequences : here, here}) {
    growing.spans[0].decode_context = from;
    costs_[sequences] = pricer_->price(growing);
    line.from = from;
    line.valid = costs_[sequences].steps_valid;
    line.time = costs_[sequences].time;
    if (here - from < line.valid) {
      return;
    }
  }
}

void DecodePrices::book(const model::BatchShape& batch, std::int64_t steps) {
  Line& line = lines_[sequences_of(batch)];
  const ArithmeticSeries beyond{batch.spans[0].decode_context - line.from, batch.decode_sequences};
  line.steps += steps;
  line.beyond += beyond.sum(steps);
}

void DecodePrices::flush(std::size_t sequences, Ledger& ledger) {
  Line& line = lines_[sequences];
  if (line.steps > 0) {
    ledger.add_steps(costs_[sequences], line.steps, line.beyond);
  }
  line.steps = 0;
  line.beyond = 0;
}

void DecodePrices::flush(Ledger& ledger) {
  for (std::size_t sequences = 0; sequences < lines_.size(); ++sequences) {
    flush(sequences, ledger);
  }
}

}  // namespace kvsim::engine
