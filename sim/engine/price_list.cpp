#include "sim/engine/price_list.hpp"

#include <algorithm>

namespace kvsim::engine {
namespace {

using cost::StepPart;

// A batch that has the numbers of one part and no others.
model::BatchShape batch_of(StepPart part, std::int64_t rows, const cost::StepPricer& pricer) {
  model::BatchShape batch;
  switch (part) {
    case StepPart::Tokens:
      batch.padded_tokens = rows;
      break;
    case StepPart::Samples:
      batch.sampled_tokens = rows;
      break;
    case StepPart::Decode:
      batch.decode_sequences = batch.sampled_tokens = rows;
      batch.spans[0].decode_growing = 1;
      break;
    case StepPart::Prefill:
      model::add_prefill(batch, pricer.graph().spans, 0, rows);
      break;
  }
  return batch;
}

}  // namespace

Int128 PriceList::time(StepPart part, std::int64_t rows) {
  Price& price = this->price(part, rows);
  if (price.time < 0) {
    price.time = pricer_->price(part, batch_of(part, rows, *pricer_)).time.first;
  }
  return price.time;
}

PriceList::Price& PriceList::price(StepPart part, std::int64_t rows) {
  std::vector<Price>& table = tables_[static_cast<std::size_t>(part)];
  const auto index = static_cast<std::size_t>(rows);
  if (index >= table.size()) {
    table.resize(index + 1);
  }
  return table[index];
}

PriceList::Line PriceList::line(std::int64_t sequences, std::int64_t from) {
  return used_line(sequences, from).line;
}

PriceList::UsedLine& PriceList::used_line(std::int64_t sequences, std::int64_t from) {
  const auto index = static_cast<std::size_t>(sequences);
  if (index >= lines_.size()) {
    lines_.resize(index + 1);
  }
  std::vector<UsedLine>& lines = lines_[index];
  const auto known = std::find_if(lines.begin(), lines.end(),
                                  [&](const UsedLine& each) { return each.line.from == from; });
  return known != lines.end() ? *known : lines.emplace_back(UsedLine{draw(sequences, from), 0, 0});
}

// Where the piece ends is part of the pricer's answer for a batch that grows by a token a step.
PriceList::Line PriceList::draw(std::int64_t sequences, std::int64_t from) const {
  model::BatchShape batch = batch_of(StepPart::Decode, sequences, *pricer_);
  batch.spans[0].decode_context = from;
  const cost::StepCost cost = pricer_->price(StepPart::Decode, batch);
  const bool is_last = cost.steps_valid >= model::kForever - from;
  return {from, is_last ? model::kForever : from + cost.steps_valid, cost.time};
}

void PriceList::add(StepPart part, std::int64_t rows, std::int64_t steps) {
  price(part, rows).steps += steps;
}

void PriceList::add_on_line(std::int64_t sequences, std::int64_t from, std::int64_t steps,
                            Int128 beyond) {
  UsedLine& used = used_line(sequences, from);
  used.steps += steps;
  used.beyond += beyond;
}

void PriceList::write_down(Ledger& ledger) {
  write_down(StepPart::Tokens, ledger);
  write_down(StepPart::Samples, ledger);
  write_down(StepPart::Prefill, ledger);
  write_down_lines(ledger);
  cost::StepCost host;
  pricer_->add_host(host, {host_time_, 0});
  ledger.add_part(host, 1, 0);
  host_time_ = 0;
}

void PriceList::write_down(StepPart part, Ledger& ledger) {
  std::int64_t rows = 0;
  for (Price& price : tables_[static_cast<std::size_t>(part)]) {
    if (price.steps > 0) {
      ledger.add_part(pricer_->price(part, batch_of(part, rows, *pricer_)), price.steps, 0);
      price.steps = 0;
    }
    ++rows;
  }
}

void PriceList::write_down_lines(Ledger& ledger) {
  std::int64_t sequences = 0;
  for (std::vector<UsedLine>& lines : lines_) {
    model::BatchShape batch = batch_of(StepPart::Decode, sequences, *pricer_);
    for (UsedLine& used : lines) {
      if (used.steps > 0) {
        batch.spans[0].decode_context = used.line.from;
        ledger.add_part(pricer_->price(StepPart::Decode, batch), used.steps, used.beyond);
        used.steps = 0;
        used.beyond = 0;
      }
    }
    ++sequences;
  }
}

}  // namespace kvsim::engine
