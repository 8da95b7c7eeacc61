// Pictures of a plan: how many GPUs each question takes, what the layouts that will do are like,
// and what would change the answer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "sim/report/cells.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/plan_words.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanPoint;
using spec::PlanSensitivity;

constexpr double kRoomForWays = 1.5;  // so that the text at the end of the longest bar fits
constexpr std::size_t kMostBars = 40;

const std::vector<PlanAnswer>& plans_of(const Subject& subject) { return subject.results.plans; }

bool is_minimum(const Subject& subject) {
  return spec::is_minimum(plans_of(subject).front().plan.objective);
}

double amount_of(const PlanAnswer& answer, const PlanPoint& point) {
  return spec::is_minimum(answer.plan.objective) ? static_cast<double>(point.gpus)
                                                 : point.request_rate;
}

std::string amount_words(const PlanAnswer& answer, double amount) {
  return spec::is_minimum(answer.plan.objective) ? count_words(std::llround(amount), "GPU")
                                                 : rate_words(amount);
}

std::string amount_title(const Subject& subject) {
  return is_minimum(subject) ? "GPUs" : "requests/s";
}

// ---- GPUs by question -----------------------------------------------------------------------

Json rows_of_questions(const Subject& subject) {
  const auto& plans = plans_of(subject);
  const auto labels = question_labels(plans);
  Json rows = Json::array();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const PlanPoint* point = winning_point(plans[i]);
    const double amount = point == nullptr ? 0 : amount_of(plans[i], *point);
    rows.push_back({{"question", labels[i]},
                    {"variant", plans[i].variant},
                    {"amount", json_number(amount)},
                    {"text", point == nullptr ? "no plan " + room_words(plans[i].plan)
                                              : amount_words(plans[i], amount)}});
  }
  return rows;
}

// The rate of each question, where that is what differs within a variant.
std::optional<Json> rows_by_rate(const Subject& subject) {
  const auto& plans = plans_of(subject);
  const auto labels = question_labels(plans);
  std::map<std::string, std::set<double>> rates;
  std::map<std::string, std::size_t> counts;
  Json rows = Json::array();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const PlanPoint* point = winning_point(plans[i]);
    const auto load = plans[i].run ? load_of(*plans[i].run) : std::nullopt;
    if (point == nullptr || !load || load->clients) {
      continue;
    }
    rates[plans[i].variant].insert(load->value);
    ++counts[plans[i].variant];
    rows.push_back({{"question", labels[i]},
                    {"variant", plans[i].variant},
                    {"rate", json_number(load->value)},
                    {"amount", json_number(amount_of(plans[i], *point))},
                    {"text", amount_words(plans[i], amount_of(plans[i], *point))}});
  }
  const bool each_differs = std::all_of(rates.begin(), rates.end(), [&](const auto& entry) {
    return entry.second.size() == counts[entry.first];
  });
  const bool a_sweep = std::any_of(rates.begin(), rates.end(),
                                   [](const auto& entry) { return entry.second.size() > 1; });
  return is_minimum(subject) && each_differs && a_sweep ? std::optional(rows) : std::nullopt;
}

// As many rows whatever the width: a legend that gains one when the page grows narrow would leave
// the picture at the top.
Json in_two_columns(Json encoding) {
  if (encoding["legend"].is_object()) {
    encoding["legend"]["columns"] = 2;
  }
  return encoding;
}

Chart chart_by_rate(const Subject& subject, Json rows) {
  const auto without = static_cast<std::size_t>(
      std::count_if(plans_of(subject).begin(), plans_of(subject).end(),
                    [](const PlanAnswer& answer) { return winning_point(answer) == nullptr; }));
  Json points = mark({{"type", "line"}, {"point", {{"size", 70}}}, {"strokeWidth", 2}},
                     {{"tooltip", tooltip({{"question", "question"}, {"text", "needs"}})}});
  Json x = quantity("rate", "requests/s");
  x["scale"] = {{"zero", false}, {"nice", false}, {"padding", 12}};
  x["axis"] = {{"tickCount", 8}, {"labelBound", true}};
  return chart("GPUs against the load",
               without == 0 ? "The fewest that keep within the limits."
                            : fmt::format("The fewest that keep within the limits; {} without a "
                                          "plan left out.",
                                          count_words(static_cast<std::int64_t>(without), "load")),
               {{"height", 280},
                {"encoding",
                 {{"x", std::move(x)},
                  {"y", quantity("amount", "GPUs")},
                  {"color", in_two_columns(colour_of_variant(subject))}}},
                {"layer", {std::move(points)}}},
               std::move(rows), true);
}

// ---- the layouts that will do ---------------------------------------------------------------

Json rows_of_layouts(const Subject& subject) {
  const auto& plans = plans_of(subject);
  const auto labels = question_labels(plans);
  Json rows = Json::array();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (const PlanLayout& layout : plans[i].layouts) {
      if (!layout.best) {
        continue;
      }
      const PlanPoint& point = *telling_point(layout);
      rows.push_back({{"question", labels[i]},
                      {"variant", plans[i].variant},
                      {"layout", layout_words(layout, point.replicas)},
                      {"gpu", layout.gpu},
                      {"gpus", point.gpus},
                      {"throughput", json_number(point.tokens_per_gpu)},
                      {"interactivity", json_number(point.interactivity)},
                      {"front", layout.on_front ? "on the front" : "beaten by another"},
                      {"fate", spec::name_of(layout.fate, spec::kLayoutFateNames)}});
    }
  }
  return rows;
}

Json colour_of_gpu() {
  Json encoding = names("gpu");
  encoding["legend"] = legend();
  return encoding;
}

// Full where no other layout is better in everything.
Json opacity_of_front() {
  return {{"field", "front"},
          {"type", "ordinal"},
          {"scale", {{"domain", {"on the front", "beaten by another"}}, {"range", {1.0, 0.3}}}},
          {"legend", nullptr}};
}

Json size_of_layout() {
  Json encoding = quantity("gpus", "GPUs");
  encoding["scale"] = {{"range", {60, 500}}, {"zero", false}};
  encoding["legend"] = nullptr;
  return encoding;
}

Json ring_of_plan() {
  Json ring = mark({{"type", "point"},
                    {"filled", false},
                    {"size", 900},
                    {"strokeWidth", 1.5},
                    {"color", "var(--ink)"}},
                   {{"color", nullptr}, {"size", nullptr}, {"opacity", nullptr}});
  ring["transform"] = {{{"filter", "datum.fate == 'winner'"}}};
  return ring;
}

// ---- what would change it -------------------------------------------------------------------

class Bars {
 public:
  explicit Bars(const Subject& subject) : several_(plans_of(subject).size() > 1) {
    const auto labels = question_labels(plans_of(subject));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const PlanAnswer& answer = plans_of(subject)[i];
      if (winning_point(answer) != nullptr) {
        add_all(answer, labels[i]);
      }
    }
  }

  [[nodiscard]] const Json& rows() const { return rows_; }
  /// With room for the text at the right.
  [[nodiscard]] Json domain() const {
    const double span = std::max(most_ - least_, 0.1 * most_);
    return {std::max(0.0, least_ - 0.1 * span), most_ + 0.4 * span};
  }

 private:
  void add_all(const PlanAnswer& answer, const std::string& label) {
    const double base = amount_of(answer, *winning_point(answer));
    for (const PlanSensitivity& each : answer.sensitivity) {
      add(answer, label, each.change, base, amount_then(answer, each), text_then(answer, each));
    }
    const spec::PlanDraws& draws = answer.draws;
    if (draws.draws > 0 && std::isfinite(draws.low) && std::isfinite(draws.high)) {
      const double each = spec::is_minimum(answer.plan.objective)
                              ? static_cast<double>(winner_of(answer)->gpus_per_replica)
                              : 1;
      add(answer, label, "drawn anew", draws.low * each, draws.high * each,
          fmt::format("{:.4g} to {:.4g}", draws.low * each, draws.high * each));
      rows_.back()["base"] = json_number(base);
    }
  }

  static double amount_then(const PlanAnswer& answer, const PlanSensitivity& each) {
    if (!spec::is_minimum(answer.plan.objective)) {
      return each.request_rate;
    }
    return static_cast<double>(each.gpus.value_or(answer.plan.max_gpus));
  }

  static std::string text_then(const PlanAnswer& answer, const PlanSensitivity& each) {
    const bool beyond = spec::is_minimum(answer.plan.objective) && !each.gpus;
    return fmt::format("{}{:.4g}", beyond ? "> " : "", amount_then(answer, each));
  }

  void add(const PlanAnswer& answer, const std::string& label, const std::string& change,
           double from, double to, const std::string& text) {
    least_ = std::min({least_, from, to});
    most_ = std::max({most_, from, to});
    rows_.push_back({{"question", label},
                     {"variant", answer.variant},
                     {"change", several_ ? fmt::format("{}, {}", label, change) : change},
                     {"base", json_number(from)},
                     {"from", json_number(from)},
                     {"to", json_number(to)},
                     {"end", json_number(std::max(from, to))},
                     {"text", text}});
  }

  bool several_;
  Json rows_ = Json::array();
  double least_ = std::numeric_limits<double>::max();
  double most_ = 0;
};

}  // namespace

std::optional<Chart> plan_gpus_chart(const Subject& subject) {
  if (plans_of(subject).size() < 2) {
    return std::nullopt;
  }
  if (auto rows = rows_by_rate(subject)) {
    return chart_by_rate(subject, std::move(*rows));
  }
  Json rows = rows_of_questions(subject);
  double most = 0;
  for (const Json& row : rows) {
    most = std::max(most, row["amount"].get<double>());
  }
  Json amount = quantity("amount", amount_title(subject));
  amount["scale"] = {{"domain", {0.0, most > 0 ? most * kRoomForWays : 1.0}}};
  amount["axis"] = nullptr;
  Json colours = colour_of_variant(subject);
  colours["legend"] = nullptr;  // the bars are named
  const Json text = mark({{"type", "text"}, {"align", "left"}, {"dx", 4}, {"color", "var(--ink)"}},
                         {{"text", names("text")}, {"color", nullptr}});
  const Json bar = mark({{"type", "bar"}, {"cornerRadiusEnd", 2}}, Json::object());
  return chart(
      is_minimum(subject) ? "GPUs needed" : "Load carried",
      is_minimum(subject) ? "Less is better." : "More is better.",
      {{"height", {{"step", kRowHeight + 6}}},
       {"encoding",
        {{"y", rows_of("question")}, {"x", std::move(amount)}, {"color", std::move(colours)}}},
       {"layer", {bar, text}}},
      std::move(rows));
}

std::optional<Chart> plan_front_chart(const Subject& subject) {
  Json rows = rows_of_layouts(subject);
  if (rows.empty()) {
    return std::nullopt;
  }
  const bool by_variant = subject.variants.size() > 1;
  const Json points = mark({{"type", "point"}, {"filled", true}},
                           {{"size", size_of_layout()},
                            {"opacity", opacity_of_front()},
                            {"tooltip", tooltip({{"layout", "layout"},
                                                 {"question", "question"},
                                                 {"gpus", "GPUs"},
                                                 {"interactivity", "tok/s per user"},
                                                 {"throughput", "output tok/s per GPU"},
                                                 {"front", "front"}})}});
  Json x = quantity("interactivity", "tok/s per user (1000 / median TPOT in ms)");
  Json y = quantity("throughput", "output tok/s per GPU");
  x["scale"] = y["scale"] = {{"zero", false}, {"nice", false}, {"padding", 24}};
  x["axis"] = y["axis"] = {{"tickCount", 8}, {"labelBound", true}};
  return chart(
      "Layouts that will do",
      "Up and to the right is better, and so is smaller: the area grows with the number "
      "of GPUs. Pale: another one is as good in everything. Ringed: the plan.",
      {{"height", 320},
       {"encoding",
        {{"x", std::move(x)},
         {"y", std::move(y)},
         {"color", in_two_columns(by_variant ? colour_of_variant(subject) : colour_of_gpu())}}},
       {"layer", {points, ring_of_plan()}}},
      std::move(rows), true);
}

std::optional<Chart> plan_sensitivity_chart(const Subject& subject) {
  const Bars bars(subject);
  if (bars.rows().empty() || bars.rows().size() > kMostBars) {
    return std::nullopt;
  }
  Json x = quantity("from", amount_title(subject));
  x["scale"] = {{"domain", bars.domain()}, {"nice", false}};
  x["axis"] = {{"labelOverlap", "greedy"}, {"tickCount", 5}, {"labelBound", true}};
  Json colours = colour_of_variant(subject);
  colours["legend"] = nullptr;
  const Json bar = mark(
      {{"type", "bar"}, {"cornerRadius", 2}, {"height", 12}},
      {{"x2", {{"field", "to"}}}, {"tooltip", tooltip({{"change", "change"}, {"text", "then"}})}});
  const Json now = mark({{"type", "tick"}, {"thickness", 2}, {"color", "var(--ink)"}},
                        {{"x", {{"field", "base"}, {"type", "quantitative"}}}, {"color", nullptr}});
  const Json text = mark({{"type", "text"}, {"align", "left"}, {"dx", 6}, {"color", "var(--ink)"}},
                         {{"x", {{"field", "end"}, {"type", "quantitative"}}},
                          {"text", names("text")},
                          {"color", nullptr}});
  return chart(
      "What would change it",
      is_minimum(subject)
          ? "GPUs of the plan's layout if one thing is not as the study says; the line is "
            "the plan."
          : "What the plan's layout carries if one thing is not as the study says; the "
            "line is the plan.",
      {{"height", {{"step", kRowHeight + 2}}},
       {"encoding", {{"y", rows_of("change")}, {"x", std::move(x)}, {"color", std::move(colours)}}},
       {"layer", {bar, now, text}}},
      bars.rows());
}

}  // namespace kvsim::report
