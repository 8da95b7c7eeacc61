// What the prefix cache finds against its size, and what HBM is spent on over time.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/report/chart_parts.hpp"
#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

using spec::PrefixCurve;
using spec::RunResult;

constexpr std::size_t kMostRunsOverTime = 8;  // lines that can be told apart
constexpr std::size_t kMostSamples = 128;     // of each, in the page
constexpr std::array kParts = {"running requests", "and kept prefixes"};

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

Json share(const char* field, const std::string& title) {
  Json axis = quantity(field, title);
  axis["axis"] = {{"format", "%"}, {"tickCount", 5}};
  return axis;
}

void add_samples(Json& rows, const Subject& subject, std::size_t i) {
  const RunResult& run = subject.results.runs[i];
  const std::vector<spec::KvSample>& samples = run.kv_series.samples;
  const auto pool = static_cast<double>(run.memory.usable_blocks * run.spec.cluster.replicas);
  const double interval = to_seconds(run.kv_series.interval).value();
  const std::size_t stride = (samples.size() + kMostSamples - 1) / kMostSamples;
  for (std::size_t k = stride - 1; k < samples.size(); k += stride) {
    const auto point = [&](const char* part, std::int64_t blocks) {
      Json row = row_of(subject, i);
      row["part"] = part;
      row["time"] = json_number(interval * static_cast<double>(k + 1));
      row["share"] = json_number(static_cast<double>(blocks) / pool);
      rows.push_back(std::move(row));
    };
    point(kParts[0], samples[k].used);
    point(kParts[1], samples[k].used + samples[k].kept);
  }
}

}  // namespace

std::optional<Chart> hit_rate_chart(const Subject& subject) {
  const std::vector<const PrefixCurve*> curves = different_curves(subject);
  if (curves.empty()) {
    return std::nullopt;
  }
  const Json x = logarithmic("capacity", "KV tokens that fit, all replicas");
  const Json y = share("rate", "prompt tokens found");
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
  return chart("Prefix cache", "Prefix hits against the room for them",
               "Line: the same requests one by one, for every size of cache. Dots: what the "
               "simulated servers found, at the room that each has.",
               {{"height", 300}, {"layer", {line, rule, point, name}}}, run_rows(subject));
}

std::optional<Chart> kv_over_time_chart(const Subject& subject) {
  Json rows = Json::array();
  std::size_t shown = 0;
  for (std::size_t i = 0; i < subject.labels.size() && shown < kMostRunsOverTime; ++i) {
    const RunResult& run = subject.results.runs[i];
    if (run.prefix_curve && !run.kv_series.samples.empty()) {
      ++shown;
      add_samples(rows, subject, i);
    }
  }
  if (rows.empty()) {
    return std::nullopt;
  }
  Json y = share("share", "of the KV cache");
  y["scale"] = {{"domain", {0, 1}}};
  Json colours = colour_of_variant(subject);
  if (!colours["legend"].is_null()) {
    colours["legend"]["columns"] = 3;  // fits half a page
  }
  Json dashes = names("part");
  dashes["scale"] = {{"domain", kParts}, {"range", Json::parse("[[1,0],[4,3]]")}};
  dashes["legend"] = nullptr;  // the hint says it
  Json x = quantity("time", "simulated time (s)");
  x["axis"] = {{"tickCount", 4}, {"labelOverlap", "greedy"}, {"labelSeparation", 6}};
  Json spec =
      mark({{"type", "line"}, {"interpolate", "step-before"}, {"strokeWidth", 1.5}},
           {{"x", std::move(x)},
            {"y", std::move(y)},
            {"color", std::move(colours)},
            {"detail", {{"field", "run"}, {"type", "nominal"}}},
            {"strokeDash", std::move(dashes)},
            {"tooltip",
             tooltip({{"run", "run"}, {"time", "s"}, {"part", "part"}, {"share", "share"}})}});
  spec["height"] = 300;
  return chart(
      "Prefix cache", "What the KV cache holds over time",
      "Solid: blocks of running requests. Dashed: with those that nobody uses but somebody "
      "may find again.",
      std::move(spec), std::move(rows));
}

}  // namespace kvsim::report
