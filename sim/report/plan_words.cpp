#include "sim/report/plan_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanLimit;
using spec::PlanPoint;

constexpr std::string_view kParallel = "engine.tensor_parallel_size";
constexpr std::array<std::string_view, 3> kSaidAnyway = {"cluster.gpu", "cluster.replicas",
                                                         kParallel};

}  // namespace

// A question is named as the run that it would be.
std::vector<std::string> question_labels(const std::vector<PlanAnswer>& plans) {
  std::vector<spec::RunResult> runs(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    runs[i].spec.id = plans[i].id;
    runs[i].spec.variant = plans[i].variant;
    runs[i].spec.overrides = plans[i].overrides;
  }
  return run_labels(runs);
}

const PlanLayout* winner_of(const PlanAnswer& answer) {
  return answer.winner ? &answer.layouts.at(*answer.winner) : nullptr;
}

const PlanPoint* winning_point(const PlanAnswer& answer) {
  const PlanLayout* winner = winner_of(answer);
  return winner != nullptr && winner->best ? &winner->points.at(*winner->best) : nullptr;
}

const PlanPoint* telling_point(const PlanLayout& layout) {
  if (layout.best) {
    return &layout.points.at(*layout.best);
  }
  return layout.points.empty() ? nullptr : &layout.points.back();
}

const PlanLimit* worst_missed(const PlanPoint& point) {
  const PlanLimit* worst = spec::worst_limit(point);
  return worst != nullptr && !worst->met ? worst : nullptr;
}

std::string of_limit(const PlanLimit& limit) {
  const std::string value = format_ms(limit.value_ms);
  const std::string most = format_ms(limit.limit_ms);
  return !limit.met && value == most ? fmt::format("{}, just above {}", value, most)
                                     : fmt::format("{} of {}", value, most);
}

std::string interval_words(const PlanLimit& limit) {
  return std::isfinite(limit.high_ms)
             ? fmt::format("{} to {}", format_ms(limit.low_ms), format_ms(limit.high_ms))
             : fmt::format("{} or more", format_ms(limit.low_ms));
}

std::string count_words(std::int64_t count, const std::string& word) {
  return fmt::format("{} {}{}", format_grouped(count), word, count == 1 ? "" : "s");
}

std::string rate_words(double requests_per_second) {
  return fmt::format("{:.4g} requests/s", requests_per_second);
}

std::string parallel_words(const PlanLayout& layout) {
  for (const auto& [key, value] : layout.choice) {
    if (key == kParallel) {
      return "TP " + value;
    }
  }
  return fmt::format("TP {}", layout.gpus_per_replica);
}

std::string setting_words(const PlanLayout& layout) {
  std::vector<std::string> settings;
  for (const auto& [key, value] : layout.choice) {
    if (std::find(kSaidAnyway.begin(), kSaidAnyway.end(), key) == kSaidAnyway.end()) {
      settings.push_back(fmt::format("{} {}", key.substr(key.rfind('.') + 1), value));
    }
  }
  return fmt::format("{}", fmt::join(settings, ", "));
}

std::string layout_words(const PlanLayout& layout) {
  const std::string settings = setting_words(layout);
  const std::string words = fmt::format("{} on {}", parallel_words(layout), layout.gpu);
  return settings.empty() ? words : fmt::format("{} ({})", words, settings);
}

std::string layout_words(const PlanLayout& layout, std::int64_t replicas) {
  return fmt::format("{} × {}", count_words(replicas, "replica"), layout_words(layout));
}

std::string room_words(const spec::PlanSpec& plan) {
  return plan.replicas ? "with " + count_words(*plan.replicas, "replica")
                       : "with up to " + count_words(plan.max_gpus, "GPU");
}

std::string confidence_words(const spec::PlanSpec& plan) {
  return fmt::format("{:.3g} %", 100 * plan.confidence);
}

std::string whole_percent(double fraction) {
  if (fraction > 0 && fraction < 0.005) {
    return "< 1 %";
  }
  return fraction < 1 && fraction > 0.995 ? "> 99 %" : fmt::format("{:.0f} %", 100 * fraction);
}

std::string money_words(double amount, const std::string& currency) {
  std::string number = fmt::format("{:.2f}", amount);
  if (amount >= 999.995) {
    number = format_grouped(std::llround(amount));
  } else if (amount > 0 && amount < 0.0995) {
    number = fmt::format("{:.2g}", amount);
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kSigns = {
      {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}}};
  for (const auto& [code, sign] : kSigns) {
    if (code == currency) {
      return fmt::format("{}{}", sign, number);
    }
  }
  return currency.empty() ? number : fmt::format("{} {}", number, currency);
}

std::string currency_of(const PlanAnswer& answer) {
  return answer.run && answer.run->price ? answer.run->price->currency : "";
}

std::string price_words(const PlanAnswer& answer) {
  if (!answer.run || !answer.run->price) {
    return {};
  }
  const spec::GpuPrice& price = *answer.run->price;
  return fmt::format("{}/GPU-h (prices of {})", money_words(price.gpu_hour, price.currency),
                     price.as_of);
}

}  // namespace kvsim::report
