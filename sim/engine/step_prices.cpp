#include "sim/engine/step_prices.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::engine {
namespace {

using cost::StepPart;

bool follows_from_sums(const cost::StepPricer& pricer) {
  return pricer.graph().spans.size() == 1 && !pricer.depends_on_longest();
}

// One chunk that no tokens came before: then its length tells the rest.
bool is_whole_prompt(const model::BatchShape& batch) {
  return batch.sampled_tokens - batch.decode_sequences == 1 &&
         batch.spans[0].prefill_context == batch.prefill_tokens;
}

}  // namespace

StepPrices::StepPrices(std::shared_ptr<PriceList> list)
    : list_(std::move(list)),
      pricer_(&list_->pricer()),
      sums_suffice_(follows_from_sums(*pricer_)) {}

std::int64_t StepPrices::quote(const model::BatchShape& batch, ArithmeticSeries& times) {
  KVSIM_CHECK(batch.sampled_tokens > 0, "an empty batch has no price");
  begin_quote();
  quoted_.steps_valid = batch.prefill_tokens > 0 ? 1 : batch.steps_alike;
  quoted_.rows = add(StepPart::Tokens, batch.padded_tokens, batch);
  quoted_.samples = add(StepPart::Samples, batch.sampled_tokens, batch);
  if (batch.decode_sequences > 0) {
    add_decode(batch);
  }
  if (batch.prefill_tokens > 0) {
    add_prefill(batch);
  }
  return add_host(quoted_.gpu, batch.sampled_tokens, quoted_.steps_valid, times);
}

void StepPrices::begin_quote() {
  quoted_.line = nullptr;
  quoted_.prompt = &nothing_;
  quoted_.gpu.first = quoted_.gpu.per_step = 0;
  apart_.clear();
}

std::optional<Int128> StepPrices::quote_with_prompt(std::int64_t sequences, std::int64_t context,
                                                    std::int64_t prompt, std::int64_t rows) {
  if (!sums_suffice_ || rows > kMostRows) {
    return std::nullopt;
  }
  begin_quote();
  quoted_.rows = &price(StepPart::Tokens, rows);
  quoted_.samples = &price(StepPart::Samples, sequences + 1);
  quoted_.prompt = &price(StepPart::Prefill, prompt);
  cost::Affine gpu{quoted_.rows->time + quoted_.samples->time + quoted_.prompt->time, 0};
  if (sequences > 0) {
    gpu += price_on_line(sequences, context);
  }
  ArithmeticSeries times;
  (void)add_host(gpu, sequences + 1, 1, times);
  return times.first;
}

StepPrices::Price& StepPrices::learn(StepPart part, std::size_t rows) {
  Table& table = tables_[static_cast<std::size_t>(part)];
  if (rows >= table.size()) {
    table.resize(rows + 1);
  }
  table[rows].time = list_->time(part, static_cast<std::int64_t>(rows));
  return table[rows];
}

void StepPrices::add_prefill(const model::BatchShape& batch) {
  if (is_whole_prompt(batch)) {
    quoted_.prompt = add(StepPart::Prefill, batch.prefill_tokens, batch);
  } else {
    add_apart(StepPart::Prefill, batch);
  }
}

void StepPrices::add_decode(const model::BatchShape& batch) {
  if (!sums_suffice_) {
    add_apart(StepPart::Decode, batch);
    return;
  }
  const std::int64_t sequences = batch.decode_sequences;
  const std::int64_t context = batch.spans[0].decode_context;
  quoted_.gpu += price_on_line(sequences, context);
  if (quoted_.steps_valid > 1) {
    quoted_.steps_valid =
        std::min(quoted_.steps_valid, (quoted_.line->until - 1 - context) / sequences + 1);
  }
}

cost::Affine StepPrices::price_on_line(std::int64_t sequences, std::int64_t context) {
  Line& line = this->line(sequences, context);
  quoted_.line = &line;
  quoted_.beyond = context - line.from;
  quoted_.growth = sequences;
  return {line.time.first + line.time.per_step * quoted_.beyond, line.time.per_step * sequences};
}

StepPrices::Steady* StepPrices::find_steady(std::int64_t sequences, std::int64_t rows,
                                            std::int64_t context) {
  const auto index = static_cast<std::size_t>(sequences);
  if (index >= steady_.size()) {
    steady_.resize(index + 1);
  }
  if (Steady* known = steady_[index].find(context)) {
    return known;
  }
  const Steady learnt = learn(sequences, rows, context);
  if (!learnt.holds(context)) {
    return nullptr;
  }
  steady_[index].all.push_back(learnt);
  return &steady_[index].all.back();
}

StepPrices::Steady StepPrices::learn(std::int64_t sequences, std::int64_t rows,
                                     std::int64_t context) {
  Steady steady;
  steady.rows = rows;
  if (!sums_suffice_ || rows > kMostRows) {
    return steady;
  }
  const Line& line = this->line(sequences, context);
  cost::Affine gpu = line.time;
  gpu.first += price(StepPart::Tokens, rows).time + price(StepPart::Samples, sequences).time;
  gpu.per_step = std::max<Int128>(gpu.per_step, 1);  // so that a host that fills up shows
  const cost::HostTime host = pricer_->host_time(gpu, sequences);
  const Int128 first = gpu.first + host.time.first;
  if (host.time.per_step != 0 || first >= kLongest) {
    return steady;
  }
  steady.from = line.from;
  steady.until = static_cast<std::int64_t>(
      std::min<Int128>(line.until, line.from + (kLongest - first) / gpu.per_step));
  steady.first = static_cast<std::int64_t>(first);
  steady.slope = static_cast<std::int64_t>(line.time.per_step);
  return steady;
}

// As uses of the prices that it is made of.
void StepPrices::write_down(const Steady& steady, std::int64_t sequences) {
  if (steady.steps == 0) {
    return;
  }
  Price& products = price(StepPart::Tokens, steady.rows);
  Price& samples = price(StepPart::Samples, sequences);
  Line& line = this->line(sequences, steady.from);
  products.steps += steady.steps;
  samples.steps += steady.steps;
  line.steps += steady.steps;
  line.beyond += steady.beyond;
  host_time_ += (steady.first - products.time - samples.time - line.time.first) * steady.steps;
  steady_steps_ += steady.steps;
}

void StepPrices::add_apart(StepPart part, const model::BatchShape& batch) {
  const std::size_t before = apart_.size();
  pricer_->share_out(part, batch, apart_);
  for (std::size_t i = before; i < apart_.size(); ++i) {
    quoted_.gpu += apart_[i].time;
    quoted_.steps_valid = std::min(quoted_.steps_valid, apart_[i].steps_valid);
  }
}

StepPrices::Line& StepPrices::look_up(Lines& lines, std::int64_t sequences, std::int64_t context) {
  KVSIM_CHECK(context >= sequences, "a decoding sequence attends to itself at least");
  while (lines.all.empty() || lines.all.back().until <= context) {
    const std::int64_t from = lines.all.empty() ? sequences : lines.all.back().until;
    lines.all.push_back({list_->line(sequences, from), 0, 0});
  }
  return *lines.find(context);
}

void StepPrices::book(std::int64_t steps, Ledger& ledger) {
  quoted_.rows->steps += steps;
  quoted_.samples->steps += steps;
  quoted_.prompt->steps += steps;
  if (quoted_.line != nullptr) {
    quoted_.line->steps += steps;
    quoted_.line->beyond += ArithmeticSeries{quoted_.beyond, quoted_.growth}.sum(steps);
  }
  if (!apart_.empty()) {
    book_apart(steps, ledger);
  }
  host_time_ += quoted_.host.sum(steps);
  ledger.steps += steps;
}

void StepPrices::book_apart(std::int64_t steps, Ledger& ledger) {
  for (const cost::OperatorShare& share : apart_) {
    ledger.add_share(share, steps, ArithmeticSeries{0, 1}.sum(steps));
  }
}

void StepPrices::flush(Ledger& ledger) {
  for (std::size_t sequences = 0; sequences < steady_.size(); ++sequences) {
    for (const Steady& steady : steady_[sequences].all) {
      write_down(steady, static_cast<std::int64_t>(sequences));
    }
  }
  steady_.clear();
  ledger.steps += steady_steps_;
  steady_steps_ = 0;
  hand_over(StepPart::Tokens);
  hand_over(StepPart::Samples);
  hand_over(StepPart::Prefill);
  hand_over_lines();
  list_->add_host(host_time_);
  host_time_ = 0;
}

void StepPrices::hand_over(StepPart part) {
  std::int64_t rows = 0;
  for (Price& price : tables_[static_cast<std::size_t>(part)]) {
    if (price.steps > 0) {
      list_->add(part, rows, price.steps);
      price.steps = 0;
    }
    ++rows;
  }
}

void StepPrices::hand_over_lines() {
  std::int64_t sequences = 0;
  for (Lines& lines : lines_) {
    for (Line& line : lines.all) {
      if (line.steps > 0) {
        list_->add_on_line(sequences, line.from, line.steps, line.beyond);
        line.steps = 0;
        line.beyond = 0;
      }
    }
    ++sequences;
  }
}

}  // namespace kvsim::engine
