// What the prefix cache finds against its size.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/report/chart_parts.hpp"
#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

using spec::PrefixCurve;
using spec::RunResult;

bool same_curve(const PrefixCurve& a, const PrefixCurve& b) {
  return std::equal(a.points.begin(), a.points.end(), b.points.begin(), b.points.end(),
                    [](const PrefixCurve::Point& p, const PrefixCurve::Point& q) {
                      return p.capacity_tokens == q.capacity_tokens && p.hit_rate == q.hit_rate;
                    });
}

// Runs of the same traffic share a curve, whatever they run on.
std::vector<const PrefixCurve*> different_curves(const Subject& subject) {
  std::vector<const PrefixCurve*> curves;
  for (const RunResult& run : subject.results.runs) {
    const bool is_new =
        run.prefix_curve && std::none_of(curves.begin(), curves.end(), [&](const auto* curve) {
          return same_curve(*curve, *run.prefix_curve);
        });
    if (is_new) {
      curves.push_back(&*run.prefix_curve);
    }
  }
  return curves;
}

Json curve_rows(const std::vector<const PrefixCurve*>& curves) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < curves.size(); ++i) {
    for (const PrefixCurve::Point& point : curves[i]->points) {
      rows.push_back({{"curve", i},
                      {"capacity", point.capacity_tokens},
                      {"rate", json_number(point.hit_rate)}});
    }
  }
  return rows;
}

Json run_rows(const Subject& subject) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const RunResult& run = subject.results.runs[i];
    if (run.prefix_curve) {
      Json row = row_of(subject, i);
      row["capacity"] = run.prefix_curve->capacity_tokens;
      row["rate"] = json_number(run.metrics.prefix_cache_hit_rate);
      row["alone"] = json_number(run.prefix_curve->hit_rate_at_capacity);
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Json logarithmic(const char* field, const std::string& title) {
  Json axis = quantity(field, title);
  axis["scale"] = {{"type", "log"}};
  axis["axis"] = {{"format", "~s"}, {"tickCount", 6}, {"labelOverlap", "greedy"}};
  return axis;
}

}  // namespace

std::optional<Chart> hit_rate_chart(const Subject& subject) {
  const std::vector<const PrefixCurve*> curves = different_curves(subject);
  if (curves.empty()) {
    return std::nullopt;
  }
  const Json x = logarithmic("capacity", "KV tokens that fit, all replicas");
  const Json y = percentage("rate", "prompt tokens found");
  Json colours = colour_of_variant(subject);
  colours["legend"] = nullptr;
  Json line = mark({{"type", "line"}, {"color", "var(--dim)"}, {"strokeWidth", 2}},
                   {{"x", x}, {"y", y}, {"detail", {{"field", "curve"}, {"type", "nominal"}}}});
  line["data"] = {{"values", curve_rows(curves)}};
  const Json rule = mark({{"type", "rule"}, {"strokeDash", {3, 3}}, {"opacity", 0.6}},
                         {{"x", x}, {"color", colours}});
  const Json point = mark({{"type", "point"}, {"filled", true}, {"size", 90}, {"opacity", 1}},
                          {{"x", x},
                           {"y", y},
                           {"color", colours},
                           {"tooltip", tooltip({{"run", "run"},
                                                {"capacity", "KV tokens that fit"},
                                                {"rate", "found"},
                                                {"alone", "one by one, in the same room"}})}});
  const Json name =
      mark({{"type", "text"}, {"align", "right"}, {"dx", -8}, {"dy", -8}, {"color", "var(--ink)"}},
           {{"x", x}, {"y", y}, {"text", names("variant")}});
  return chart("Prefix hits against the room for them",
               std::string("Line: the same requests one by one, for every size of cache. Dots: "
                           "what the simulated servers found, at the room that each has.") +
                   (has_conversations(subject)
                        ? " Answers of conversations come at once on the line, so a server that "
                          "falls behind may find far less."
                        : ""),
               {{"height", 300}, {"layer", {line, rule, point, name}}}, run_rows(subject), true);
}

}  // namespace kvsim::report
