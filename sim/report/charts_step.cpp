// A decode step against batch and context, and its operators under the roofs.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/base/units.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/step_profiles.hpp"

namespace kvsim::report {
namespace {

using spec::StepPoint;
using spec::StepProfile;

Json parts_scale() {
  Json domain = Json::array();
  Json range = Json::array();
  for (std::size_t part = 0; part < kBusyParts; ++part) {
    domain.push_back(spec::kTimeBucketNames[part]);
    range.push_back(colour(part));
  }
  return {{"domain", std::move(domain)}, {"range", std::move(range)}};
}

// One axis of a step's time; the other stays where it is in a typical step of the run.
struct Sweep {
  std::vector<StepPoint> StepProfile::*points;
  std::int64_t StepPoint::*along;
  std::int64_t StepProfile::*fixed;
  const char* unit;  ///< of what is fixed
};
constexpr Sweep kBatches = {&StepProfile::by_batch, &StepPoint::batch, &StepProfile::context,
                            "tokens of context"};
constexpr Sweep kContexts = {&StepProfile::by_context, &StepPoint::context, &StepProfile::batch,
                             "sequences"};

// "MLA, 1 259 tokens of context"
std::string name_of(const ShownProfile& shown, const Sweep& sweep) {
  return fmt::format("{}, {} {}", shown.label, format_grouped(shown.profile->*sweep.fixed),
                     sweep.unit);
}

// Which profile is shown: a menu below the chart where there are several.
Json menu(const std::vector<ShownProfile>& shown, const Sweep& sweep) {
  Json options = Json::array();
  for (const ShownProfile& each : shown) {
    options.push_back(name_of(each, sweep));
  }
  Json param = {{"name", "shown"}, {"value", options.front()}};
  if (shown.size() > 1) {
    param["bind"] = {{"input", "select"}, {"options", std::move(options)}, {"name", "of "}};
  }
  return param;
}

std::string chosen(const std::vector<ShownProfile>& shown, const Sweep& sweep) {
  return shown.size() == 1 ? name_of(shown.front(), sweep) : std::string("what the menu names");
}

Json rows_along(const std::vector<ShownProfile>& shown, const Sweep& sweep) {
  Json rows = Json::array();
  for (const ShownProfile& each : shown) {
    for (const StepPoint& point : each.profile->*sweep.points) {
      for (std::size_t part = 0; part < kBusyParts; ++part) {
        rows.push_back({{"of", name_of(each, sweep)},
                        {"along", point.*sweep.along},
                        {"part", spec::kTimeBucketNames[part]},
                        {"order", part},
                        {"ms", json_number(to_milliseconds(point.time_in[part]))},
                        {"step", json_number(to_milliseconds(step_time(point)))}});
      }
    }
  }
  return rows;
}

Json area(const std::string& x_title) {
  Json x = quantity("along", x_title);
  x["scale"] = {{"type", "log"}, {"base", 2}, {"nice", false}};
  x["axis"] = {{"format", "~s"}, {"labelOverlap", "greedy"}, {"grid", false}, {"tickCount", 8}};
  Json colours = names("part");
  colours["scale"] = parts_scale();
  colours["legend"] = legend();
  colours["legend"]["columns"] = 3;
  Json picture =
      mark({{"type", "area"}, {"line", {{"strokeWidth", 1}}}, {"fillOpacity", 0.75}},
           {{"x", std::move(x)},
            {"y", quantity("ms", "ms per step")},
            {"color", std::move(colours)},
            {"order", {{"field", "order"}, {"type", "quantitative"}}},
            {"tooltip", tooltip({{"of", "of"}, {"part", "part"}, {"along", "at"}, {"ms", "ms"}})}});
  picture["transform"] = {{{"filter", "datum.of == shown"}}};
  return picture;
}

// Where computing begins to take as long as reading.
Json crossover(const std::vector<ShownProfile>& shown) {
  Json rows = Json::array();
  for (const ShownProfile& each : shown) {
    if (each.profile->compute_bound_batch) {
      rows.push_back(
          {{"of", each.label},
           {"along", *each.profile->compute_bound_batch},
           {"text", fmt::format("compute-bound from {}", *each.profile->compute_bound_batch)}});
    }
  }
  return rows;
}

Json crossover_layer(Json rows, const Json& look, const char* field) {
  Json encoding = {{"x", {{"field", "along"}, {"type", "quantitative"}}}};
  if (field != nullptr) {
    encoding["text"] = names(field);
    encoding["y"] = {{"value", 8}};
  }
  Json layer = mark(look, std::move(encoding));
  layer["data"] = {{"values", std::move(rows)}};
  layer["transform"] = {{{"filter", "datum.of == shown"}}};
  return layer;
}

// Intensity from where memory bounds to where computing does, on one GPU.
Json roof_rows(const std::vector<ShownProfile>& shown) {
  Json rows = Json::array();
  std::set<std::pair<double, double>> seen;
  for (const ShownProfile& each : shown) {
    const StepProfile& profile = *each.profile;
    if (profile.peak_flops <= 0 ||
        !seen.insert({profile.peak_flops, profile.peak_bytes_per_s}).second) {
      continue;
    }
    const double ridge = profile.peak_flops / profile.peak_bytes_per_s;
    const std::string name =
        fmt::format("{}, {}", each.run->spec.cluster.gpu.name, profile.peak_dtype);
    for (const double intensity : {0.1, ridge, ridge * 20}) {
      const double roof = std::min(intensity * profile.peak_bytes_per_s, profile.peak_flops);
      rows.push_back({{"roof", name},
                      {"intensity", json_number(intensity)},
                      {"rate", json_number(roof / 1e12)}});
    }
  }
  return rows;
}

Json operator_rows(const std::vector<ShownProfile>& shown) {
  Json rows = Json::array();
  for (const ShownProfile& each : shown) {
    Duration total;
    for (const spec::OperatorPoint& point : each.profile->operators) {
      total += point.time;
    }
    for (const spec::OperatorPoint& point : each.profile->operators) {
      if (point.flops <= 0 || point.bytes <= 0 || point.time <= Duration()) {
        continue;  // talk between GPUs and the host have no intensity
      }
      const double seconds = to_seconds(point.time).value();
      rows.push_back({{"run", each.label},
                      {"variant", each.run->spec.variant},
                      {"op", point.op},
                      {"intensity", json_number(point.flops / point.bytes)},
                      {"rate", json_number(point.flops / seconds / 1e12)},
                      {"ms", json_number(seconds * 1e3)},
                      {"share", json_number(seconds / to_seconds(total).value())},
                      {"bound", spec::name_of(point.bound, spec::kTimeBucketNames)}});
    }
  }
  return rows;
}

Json log_axis(const char* field, const std::string& title) {
  Json axis = quantity(field, title);
  axis["scale"] = {{"type", "log"}, {"nice", false}};
  axis["axis"] = {{"format", "~g"}, {"tickCount", 5}, {"labelOverlap", "greedy"}};
  return axis;
}

}  // namespace

std::optional<Chart> step_by_batch_chart(const Subject& subject) {
  const std::vector<ShownProfile> shown = shown_profiles(subject);
  if (shown.empty()) {
    return std::nullopt;
  }
  Json layers = {area("sequences in the batch (log)")};
  if (Json marks = crossover(shown); !marks.empty()) {
    layers.push_back(crossover_layer(
        marks, {{"type", "rule"}, {"strokeDash", {4, 3}}, {"color", "var(--ink)"}}, nullptr));
    layers.push_back(crossover_layer(
        marks, {{"type", "text"}, {"align", "right"}, {"dx", -4}, {"color", "var(--ink)"}},
        "text"));
  }
  return chart(
      "Where the time of a decode step goes, against the batch",
      fmt::format("A step without prompts, of {}. Where compute outweighs reading, a larger "
                  "batch costs everybody time.",
                  chosen(shown, kBatches)),
      {{"height", kChartHeight}, {"params", {menu(shown, kBatches)}}, {"layer", std::move(layers)}},
      rows_along(shown, kBatches));
}

std::optional<Chart> step_by_context_chart(const Subject& subject) {
  const std::vector<ShownProfile> shown = shown_profiles(subject);
  if (shown.empty()) {
    return std::nullopt;
  }
  return chart("Where the time of a decode step goes, against the context",
               fmt::format("The same step, of {}.", chosen(shown, kContexts)),
               {{"height", kChartHeight},
                {"params", {menu(shown, kContexts)}},
                {"layer", {area("tokens of context per sequence (log)")}}},
               rows_along(shown, kContexts));
}

std::optional<Chart> roofline_chart(const Subject& subject) {
  const std::vector<ShownProfile> shown = shown_profiles(subject);
  Json rows = operator_rows(shown);
  if (rows.empty()) {
    return std::nullopt;
  }
  const Json x = log_axis("intensity", "FLOP per byte of HBM (log)");
  const Json y = log_axis("rate", "TFLOP/s of one GPU (log)");
  Json roof = mark({{"type", "line"}, {"color", "var(--dim)"}, {"strokeWidth", 2}},
                   {{"x", x}, {"y", y}, {"detail", names("roof")}});
  roof["data"] = {{"values", roof_rows(shown)}};
  Json size = quantity("share", "share of the step");
  size["scale"] = {{"range", {40, 500}}};
  size["legend"] = nullptr;
  const Json points = mark({{"type", "point"}, {"filled", true}, {"opacity", 0.75}},
                           {{"x", x},
                            {"y", y},
                            {"color", colour_of_variant(subject)},
                            {"size", std::move(size)},
                            {"tooltip", tooltip({{"run", "run"},
                                                 {"op", "operator"},
                                                 {"intensity", "FLOP/byte"},
                                                 {"rate", "TFLOP/s"},
                                                 {"ms", "ms per step"},
                                                 {"share", "share of the step"},
                                                 {"bound", "bound by"}})}});
  return chart("Operators under the roofline",
               "Each dot is an operator of a typical decode step on one GPU, the larger the more "
               "time it takes. Line: what peak bandwidth and peak rate allow.",
               {{"height", kChartHeight}, {"layer", {roof, points}}}, std::move(rows), true);
}

}  // namespace kvsim::report
