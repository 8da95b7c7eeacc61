#include "sim/report/plan_sentence.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "sim/report/cells.hpp"
#include "sim/report/plan_words.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanLimit;
using spec::PlanPoint;

bool is_of_goodput(const PlanAnswer& answer) {
  return answer.plan.objective == spec::Objective::MaxGoodput;
}

// "3 %": by how much more than allowed.
std::string excess(const PlanLimit& limit) {
  const double percent = 100 * (limit.value_ms / limit.limit_ms - 1);
  return percent >= 10 ? fmt::format("{:.0f} %", percent) : fmt::format("{:.2g} %", percent);
}

std::string within_words(const PlanAnswer& answer, const PlanPoint& point) {
  return fmt::format("{} of the requests within every limit ({:.3g} % asked)",
                     format_percent(point.attainment), 100 * answer.plan.attainment);
}

// ---- the plan -------------------------------------------------------------------------------

// "40 GPUs = 5 replicas × TP 8 on h200-sxm", "MLA carries 63 requests/s on 16 GPUs = ..."
std::string subject_of_plan(const PlanAnswer& answer, const std::string& label) {
  const PlanPoint& point = *winning_point(answer);
  const std::string size = fmt::format("{} = {}", count_words(point.gpus, "GPU"),
                                       layout_words(*winner_of(answer), point.replicas));
  if (spec::is_minimum(answer.plan.objective)) {
    return label.empty() ? size : fmt::format("{}: {}", label, size);
  }
  const std::string who = !label.empty() ? label : (answer.run ? answer.run->model.name : "It");
  const bool clients = answer.run && answer.run->workload.closed_loop;
  return fmt::format("{} {} {} on {}", who, clients ? "serves" : "carries",
                     rate_words(point.request_rate), size);
}

std::string limit_clause(const PlanAnswer& answer, const PlanLimit& limit) {
  const std::string words = fmt::format("{} {}", metric_name(limit.metric), of_limit(limit));
  return limit.sure ? words
                    : fmt::format("{} ({}: {})", words, confidence_words(answer.plan),
                                  interval_words(limit));
}

std::string speed_clause(const PlanAnswer& answer) {
  const PlanPoint& point = *winning_point(answer);
  std::vector<std::string> parts;
  if (is_of_goodput(answer)) {
    parts.push_back(within_words(answer, point));
  } else {
    for (const PlanLimit& limit : point.limits) {
      parts.push_back(limit_clause(answer, limit));
    }
  }
  parts.push_back("KV peak " + whole_percent(point.kv_cache_usage_max));
  if (!point.bound_by.empty()) {
    parts.push_back("bound by " + point.bound_by);
  }
  return fmt::format("; {}", fmt::join(parts, ", "));
}

std::string cost_clause(const PlanAnswer& answer) {
  const PlanPoint& point = *winning_point(answer);
  if (!point.cost_per_hour) {
    return {};
  }
  const std::string currency = currency_of(answer);
  std::vector<std::string> parts;
  if (answer.plan.objective == spec::Objective::MinCost || !point.cost_per_million_output) {
    parts.push_back(money_words(*point.cost_per_hour, currency) + " per hour");
  }
  if (point.cost_per_million_output) {
    parts.push_back(money_words(*point.cost_per_million_output, currency) + " per M output tokens");
  }
  const std::string price = price_words(answer);
  return fmt::format("; {}{}", fmt::join(parts, ", "), price.empty() ? "" : " at your " + price);
}

std::string shortfall_words(const PlanAnswer& answer, const PlanPoint& point, bool several) {
  if (point.overloaded) {
    return several ? "are overloaded" : "is overloaded";
  }
  if (is_of_goodput(answer)) {
    return fmt::format("{} only {}", several ? "keep" : "keeps", within_words(answer, point));
  }
  const std::string verb = several ? "miss" : "misses";
  const PlanLimit* worst = worst_missed(point);
  return worst == nullptr
             ? (several ? "refuse requests" : "refuses requests")
             : fmt::format("{} {} by {}", verb, metric_name(worst->metric), excess(*worst));
}

// Of a minimum one replica less, of a maximum a little more load.
std::string below_clause(const PlanAnswer& answer) {
  if (!answer.below) {
    return {};
  }
  const PlanPoint& below = *answer.below;
  const bool fewer = spec::is_minimum(answer.plan.objective);
  const bool several = !fewer || below.replicas > 1;
  const std::string who =
      fewer ? count_words(below.replicas, "replica") : rate_words(below.request_rate);
  if (below.meets) {
    return fmt::format("; {} would do as well in this run (not sure)", who);
  }
  if (!below.sure) {
    return fmt::format("; {} {} in this run (not sure)", who,
                       shortfall_words(answer, below, several));
  }
  const std::string verdict =
      fewer ? (several ? "do not suffice" : "does not suffice") : "are too many";
  return fmt::format("; {} sure that {} {}{}", confidence_words(answer.plan), who, verdict,
                     below.overloaded ? " (overloaded)" : "");
}

std::string draws_range(const PlanAnswer& answer) {
  const spec::PlanDraws& draws = answer.draws;
  const bool fewest = spec::is_minimum(answer.plan.objective);
  const std::string unit = fewest ? " replicas" : " requests/s";
  if (!std::isfinite(draws.high)) {
    return fmt::format("{:.4g}{} or more", draws.low, unit);
  }
  if (draws.low == draws.high) {
    return fewest ? count_words(std::llround(draws.low), "replica") : rate_words(draws.low);
  }
  return fmt::format("{:.4g} to {:.4g}{}", draws.low, draws.high, unit);
}

std::string draws_clause(const PlanAnswer& answer) {
  if (answer.draws.draws == 0) {
    return {};
  }
  return fmt::format("; with kernel times and arrivals drawn anew {} ({} of {} draws)",
                     draws_range(answer), confidence_words(answer.plan), answer.draws.draws);
}

std::string not_sure_clause(const PlanAnswer& answer) {
  const PlanPoint& point = *winning_point(answer);
  if (point.sure || is_of_goodput(answer)) {
    return {};
  }
  return fmt::format("; not {} sure that it meets them", confidence_words(answer.plan));
}

// ---- no plan --------------------------------------------------------------------------------

// What keeps the nearest layout out: its own reason where nothing was simulated.
std::string nearest_clause(const PlanAnswer& answer) {
  const spec::PlanMiss& miss = *answer.miss;
  const PlanLayout& layout = answer.layouts.at(miss.layout);
  if (!miss.point) {
    return fmt::format("; the nearest, {}: {}", layout_words(layout), layout.reason);
  }
  const PlanPoint& point = layout.points.at(*miss.point);
  const std::string who = fmt::format("; the nearest, {},", layout_words(layout, point.replicas));
  const PlanLimit* worst = worst_missed(point);
  if (point.overloaded || is_of_goodput(answer) || worst == nullptr) {
    return fmt::format("{} {}", who, shortfall_words(answer, point, false));
  }
  return fmt::format("{} misses {}: {}", who, metric_name(worst->metric), of_limit(*worst));
}

std::string ways_clause(const spec::PlanMiss& miss) {
  return miss.ways_out.empty()
             ? std::string()
             : fmt::format("; it would do with {}", fmt::join(miss.ways_out, " or "));
}

std::string no_plan(const PlanAnswer& answer, const std::string& label) {
  const std::size_t layouts = answer.layouts.size();
  std::string who =
      layouts == 1 ? "the one layout does not meet" : fmt::format("no layout of {} meets", layouts);
  if (label.empty()) {
    who.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(who.front())));
  }
  return fmt::format("{}{}{} the limits {}{}{}.", label, label.empty() ? "" : ": ", who,
                     room_words(answer.plan), answer.miss ? nearest_clause(answer) : "",
                     answer.miss ? ways_clause(*answer.miss) : "");
}

}  // namespace

std::string plan_sentence(const PlanAnswer& answer, const std::string& label) {
  if (winning_point(answer) == nullptr) {
    return no_plan(answer, label);
  }
  return fmt::format("{}{}{}{}{}{}.", subject_of_plan(answer, label), speed_clause(answer),
                     not_sure_clause(answer), cost_clause(answer), below_clause(answer),
                     draws_clause(answer));
}

}  // namespace kvsim::report
