#include "sim/cost/price_spread.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/cost/call_time.hpp"
#include "sim/cost/card_parameters.hpp"
#include "sim/cost/operator_time.hpp"
#include "sim/cost/stack.hpp"

namespace kvsim::cost {
namespace {

// Cold decode attention on NVIDIA's datasheet roofline was 17 to 24 % off (NVIDIA's kernel tables,
// ai-dynamo/aiconfigurator@095f58a); the larger one for whatever nobody has measured.
constexpr double kUnmeasured = 0.24;
// Between neighbouring releases of a framework kernels were 6 to 16 % apart (the same tables). No
// more is taken for releases further apart: servers a year older than the cards are within 5 %.
constexpr double kOtherRelease = 0.11;
// 16-bit products are cuBLAS' under every framework: 4.6 % apart (gemm tables of H100, m <= 256).
constexpr double kOtherGemm = 0.05;
// Of another framework in 16 bit: the upper end of 6 to 16 %. In the same tables the frameworks of
// one date are 4 to 8 % apart there (decode attention; H100), so a judgement on the safe side.
constexpr double kOtherStack = 0.16;
// With 8-bit weights or caches those frameworks are 19 to 44 % apart, old releases 30 to 40 %.
constexpr double kOtherStackEightBit = 0.35;
// Host time is fitted to a handful of servers at best: one sigma is a factor of 1.5, a judgement.
const double kHostSpread = std::log(1.5);
// Deviation of ln(per_step) among the host cards: 0.53 of four versions of vLLM (0.5 to 1.6 ms),
// 0.9 of all seven (to 7.2 ms, SGLang).
constexpr double kHostOtherVersion = 0.53;
constexpr double kHostOtherFramework = 0.9;

// A batch in the middle of what is served: error bars need no more than the sizes of the terms.
constexpr std::int64_t kTypicalSequences = 64;
constexpr std::int64_t kTypicalContext = 1024;

constexpr double kStep = 0.01;  // of a parameter: far above the rounding of whole attoseconds

double squared(double x) { return x * x; }

// NCCL lies under every framework, and the link decides.
bool is_of_no_framework(std::string_view stack) {
  return stack.empty() || stack.starts_with("nccl");
}

model::BatchShape typical_batch(const model::Operator& op, const std::vector<model::Span>& spans) {
  model::BatchShape batch;
  if (op.rows == model::RowsOf::PrefillTokens || op.rows == model::RowsOf::PrefillContext) {
    model::add_prefill(batch, spans, 0, kTypicalContext);
  } else {
    model::add_decode(batch, spans, kTypicalContext, kTypicalSequences);
  }
  batch.padded_tokens = batch.decode_sequences + batch.prefill_tokens;
  return batch;
}

const Parameter* parameter_named(spec::CardForm form, std::string_view name) {
  for (const Parameter& each : parameters_of(form)) {
    if (each.name == name) {
      return &each;
    }
  }
  return nullptr;
}

// d ln(time) / d parameter; 0 where the parameter cannot be moved.
double sensitivity(const model::Operator& op, const spec::CardSpec& card, const spec::GpuSpec& gpu,
                   const model::BatchShape& batch, const Parameter& parameter, double deviation) {
  const double value = parameter.get(card);
  const double step = value != 0 ? kStep * std::abs(value) : deviation;
  const auto moved = [&](double to) {
    spec::CardSpec other = card;
    parameter.set(other, std::clamp(to, parameter.lower, parameter.upper));
    return other;
  };
  const spec::CardSpec less = moved(value - step);
  const spec::CardSpec more = moved(value + step);
  const double width = parameter.get(more) - parameter.get(less);
  if (width <= 0) {
    return 0;
  }
  return std::log(call_seconds(op, more, gpu, batch) / call_seconds(op, less, gpu, batch)) / width;
}

// gᵀ·C·g with g the sensitivities.
double parameter_variance(const model::Operator& op, const spec::CardSpec& card,
                          const spec::GpuSpec& gpu, const std::vector<model::Span>& spans) {
  if (!card.covariance) {
    return 0;
  }
  const std::vector<std::string>& names = card.covariance->parameters;
  const std::vector<double>& matrix = card.covariance->matrix;
  const model::BatchShape batch = typical_batch(op, spans);
  std::vector<double> gradient(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Parameter* parameter = parameter_named(card.form, names[i]);
    const double deviation = std::sqrt(std::max(0.0, matrix[i * names.size() + i]));
    gradient[i] =
        parameter == nullptr ? 0 : sensitivity(op, card, gpu, batch, *parameter, deviation);
  }
  double sum = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < names.size(); ++j) {
      sum += gradient[i] * matrix[i * names.size() + j] * gradient[j];
    }
  }
  return std::max(0.0, sum);  // figures of a card are rounded
}

// Windows that the law was fitted to have an error of their own; other paths than the fitted one
// are as unknown as a datasheet's.
double residual_of(const model::Operator& op, const spec::CardSpec& card) {
  const double all = card.residuals.all.mape.value_or(0);
  if (is_of_another_path(op, card)) {
    return std::max(all, kUnmeasured);
  }
  if (op.context_span.kind == model::SpanKind::Window && card.decode.window) {
    for (const spec::CardErrorGroup& group : card.residuals.groups) {
      if (group.by == "regime" && group.name == "window" && group.errors.mape) {
        return *group.errors.mape;
      }
    }
  }
  return all;
}

// Squared; what ChosenCard::error has beyond the card's own.
double lent_variance(const ChosenCard& chosen) {
  if (!chosen.error) {
    return squared(deviation_of(kUnmeasured));
  }
  const double own = chosen.card.residuals.all.mape.value_or(0);
  return std::max(0.0, squared(deviation_of(*chosen.error)) - squared(deviation_of(own)));
}

bool is_eight_bit(const model::Operator& op) { return spec::bytes_of(op.dtype, 1024) < 2 * 1024; }

}  // namespace

double deviation_of(double mean_error) { return mean_error * std::sqrt(std::numbers::pi / 2); }

double stack_error(std::string_view measured, std::string_view runs, spec::CardOperator op,
                   bool eight_bit) {
  if (measured == runs || is_of_no_framework(measured) || is_of_no_framework(runs)) {
    return 0;
  }
  if (op == spec::CardOperator::Gemm && !eight_bit) {
    return kOtherGemm;
  }
  if (stack_distance(measured, runs) < kOtherFramework) {
    return kOtherRelease;
  }
  return eight_bit ? kOtherStackEightBit : kOtherStack;
}

PriceSpread price_spread(const model::Operator& op, const ChosenCard& chosen,
                         const spec::GpuSpec& gpu, std::string_view stack,
                         const std::vector<model::Span>& spans) {
  const double residual = squared(deviation_of(residual_of(op, chosen.card)));
  const double parameters = std::min(residual, parameter_variance(op, chosen.card, gpu, spans));
  const double other_stack = squared(
      deviation_of(stack_error(chosen.card.stack, stack, chosen.card.op, is_eight_bit(op))));
  return {std::sqrt(parameters + lent_variance(chosen) + other_stack / 2),
          std::sqrt(residual - parameters + other_stack / 2)};
}

double host_spread(const ChosenCard& host, std::string_view stack) {
  const double own = host.error ? deviation_of(*host.error) : kHostSpread;
  if (host.card.stack.empty() || stack.empty() || host.card.stack == stack) {
    return own;
  }
  const bool other_version = stack_of(host.card.stack).framework == stack_of(stack).framework;
  return std::max(own, other_version ? kHostOtherVersion : kHostOtherFramework);
}

}  // namespace kvsim::cost
