// The sentence over several questions: who needs how much for the same thing.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "sim/base/check.hpp"
#include "sim/base/units.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/plan_sentence.hpp"
#include "sim/report/plan_words.hpp"

namespace kvsim::report {
namespace {

using spec::Objective;
using spec::PlanAnswer;

constexpr std::size_t kMostCompared = 6;  // more are told by their ends
constexpr std::size_t kMostFindings = 8;  // more are told by the table

struct Named {
  std::string name;
  const PlanAnswer* answer = nullptr;
};

// What the objective counts.
double size_of(const PlanAnswer& answer) {
  const spec::PlanPoint& point = *winning_point(answer);
  switch (answer.plan.objective) {
    case Objective::MinGpus:
      break;
    case Objective::MinCost:
      return point.cost_per_hour.value_or(0);
    case Objective::MaxThroughput:
    case Objective::MaxGoodput:
      return point.request_rate;
  }
  return static_cast<double>(point.gpus);
}

std::string size_text(const PlanAnswer& answer, bool unit) {
  const spec::PlanPoint& point = *winning_point(answer);
  switch (answer.plan.objective) {
    case Objective::MinGpus:
      break;
    case Objective::MinCost:
      return money_words(*point.cost_per_hour, currency_of(answer)) + (unit ? " per hour" : "");
    case Objective::MaxThroughput:
    case Objective::MaxGoodput:
      return unit ? rate_words(point.request_rate) : fmt::format("{:.4g}", point.request_rate);
  }
  return unit ? count_words(point.gpus, "GPU") : format_grouped(point.gpus);
}

std::string verb_of(const PlanAnswer& answer, bool several) {
  switch (answer.plan.objective) {
    case Objective::MinGpus:
      break;
    case Objective::MinCost:
      return several ? "cost" : "costs";
    case Objective::MaxThroughput:
    case Objective::MaxGoodput:
      return several ? "carry" : "carries";
  }
  return several ? "need" : "needs";
}

// " for this traffic" while no question brings its own.
std::string condition_of(const std::vector<Named>& asked) {
  const PlanAnswer& first = *asked.front().answer;
  const bool same = std::all_of(asked.begin(), asked.end(), [](const Named& each) {
    const auto& overrides = each.answer->overrides;
    return std::none_of(overrides.begin(), overrides.end(),
                        [](const auto& entry) { return entry.first.starts_with("workload."); });
  });
  if (!spec::is_minimum(first.plan.objective)) {
    return " " + room_words(first.plan);
  }
  return same ? " for this traffic" : "";
}

std::string ratio_words(const PlanAnswer& least, const PlanAnswer& most) {
  if (!(size_of(least) > 0) || size_of(most) <= size_of(least)) {
    return {};
  }
  return fmt::format(": {:.1f} times as {}", size_of(most) / size_of(least),
                     least.plan.objective == Objective::MinCost ? "much" : "many");
}

// Those with the same answer together, in rising order.
struct Group {
  std::vector<std::string> names;
  const PlanAnswer* answer = nullptr;
};
std::vector<Group> groups_of(const std::vector<Named>& planned) {
  std::map<double, Group> by_size;
  for (const Named& each : planned) {
    Group& group = by_size[size_of(*each.answer)];
    group.names.push_back(each.name);
    group.answer = each.answer;
  }
  std::vector<Group> groups;
  for (auto& [size, group] : by_size) {
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string each_clause(const std::vector<Group>& groups, const std::string& condition) {
  std::vector<std::string> clauses;
  for (const Group& group : groups) {
    const bool first = clauses.empty();
    const bool several = group.names.size() > 1;
    clauses.push_back(fmt::format(
        "{} {}{}{}{}", join_words(group.names), first ? verb_of(*group.answer, several) + " " : "",
        size_text(*group.answer, first), several ? " each" : "", first ? condition : ""));
  }
  return fmt::format("{}", fmt::join(clauses, ", "));
}

std::string ends_clause(const std::vector<Group>& groups, std::size_t questions) {
  const Group& least = groups.front();
  const Group& most = groups.back();
  return fmt::format("{} questions, from {} ({}) to {} ({})", questions,
                     size_text(*least.answer, true), least.names.front(),
                     size_text(*most.answer, false), most.names.front());
}

std::string without_plan(const std::vector<Named>& asked) {
  std::vector<std::string> names;
  const PlanAnswer* last = nullptr;
  for (const Named& each : asked) {
    if (winning_point(*each.answer) == nullptr) {
      names.push_back(each.name);
      last = each.answer;
    }
  }
  if (last == nullptr) {
    return {};
  }
  const std::string who =
      names.size() > kMostCompared
          ? fmt::format("{} questions have", names.size())
          : fmt::format("{} {}", join_words(names), names.size() == 1 ? "has" : "have");
  return fmt::format("; {} no plan {}", who, room_words(last->plan));
}

std::string compared(const std::vector<Named>& asked) {
  std::vector<Named> planned;
  std::copy_if(asked.begin(), asked.end(), std::back_inserter(planned),
               [](const Named& each) { return winning_point(*each.answer) != nullptr; });
  if (planned.empty()) {
    return fmt::format("{} questions, and none has a plan {}.", asked.size(),
                       room_words(asked.front().answer->plan));
  }
  const std::vector<Group> groups = groups_of(planned);
  const bool by_ends = planned.size() > kMostCompared && groups.size() > 1;
  return fmt::format(
      "{}{}{}.",
      by_ends ? ends_clause(groups, asked.size()) : each_clause(groups, condition_of(planned)),
      ratio_words(*groups.front().answer, *groups.back().answer), without_plan(asked));
}

// A sweep over variants: the last point of each, where they share one.
struct LastPoint {
  std::string words;
  std::vector<Named> variants;
};
std::optional<LastPoint> last_point(const std::vector<Named>& asked) {
  LastPoint last;
  for (const Named& each : asked) {
    const std::string& variant = each.answer->variant;
    if (last.variants.empty() || last.variants.back().name != variant) {
      last.variants.push_back({variant, nullptr});
    }
    last.variants.back().answer = each.answer;
    last.words = each.name.starts_with(variant + ", ") ? each.name.substr(variant.size() + 2) : "";
  }
  const bool shared =
      std::all_of(last.variants.begin(), last.variants.end(), [&](const Named& variant) {
        return std::any_of(asked.begin(), asked.end(), [&](const Named& each) {
          return each.answer == variant.answer && each.name == variant.name + ", " + last.words;
        });
      });
  const bool is_grid = last.variants.size() > 1 && last.variants.size() < asked.size();
  return is_grid && shared && !last.words.empty() ? std::optional(last) : std::nullopt;
}

std::vector<Named> named(const std::vector<PlanAnswer>& plans) {
  const auto labels = question_labels(plans);
  std::vector<Named> asked;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    asked.push_back({labels[i], &plans[i]});
  }
  return asked;
}

}  // namespace

std::string plan_headline(const std::vector<PlanAnswer>& plans) {
  KVSIM_CHECK(!plans.empty(), "a headline needs at least one plan");
  if (plans.size() == 1) {
    return plan_sentence(plans.front());
  }
  const std::vector<Named> asked = named(plans);
  const auto last = last_point(asked);
  return last ? fmt::format("At {}, {}", last->words, compared(last->variants)) : compared(asked);
}

std::vector<std::string> plan_findings(const std::vector<PlanAnswer>& plans) {
  std::vector<std::string> sentences;
  if (plans.size() < 2) {
    return sentences;
  }
  const auto labels = question_labels(plans);
  for (std::size_t i = 0; i < std::min(plans.size(), kMostFindings); ++i) {
    sentences.push_back(plan_sentence(plans[i], labels[i]));
  }
  if (plans.size() > kMostFindings) {
    sentences.push_back(fmt::format("The table has the other {}.", plans.size() - kMostFindings));
  }
  return sentences;
}

}  // namespace kvsim::report
