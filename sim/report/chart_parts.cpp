#include "sim/report/chart_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

constexpr std::size_t kColours = 8;  // --c1 to --c8 of the page's style
constexpr std::array<std::string_view, 3> kStabilityShapes = {"circle", "square", "triangle-up"};

Json scale_of_variants(const Subject& subject) {
  Json range = Json::array();
  const std::vector<std::string>& variants = subject.variants;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    range.push_back(colour(i));
  }
  return {{"domain", variants}, {"range", std::move(range)}};
}

}  // namespace

std::string colour(std::size_t i) { return fmt::format("var(--c{})", i % kColours + 1); }

// As many columns as fit: Vega does not wrap a legend by itself.
Json legend() {
  return {
      {"orient", "top"}, {"title", nullptr}, {"columns", {{"expr", "max(2, floor(width / 100))"}}}};
}

Json quantity(const char* field, const std::string& title) {
  return {{"field", field}, {"type", "quantitative"}, {"title", title}};
}

Json percentage(const char* field, const std::string& title) {
  Json axis = quantity(field, title);
  axis["axis"] = {{"format", "%"}, {"tickCount", 5}};
  return axis;
}

Json names(const char* field) { return {{"field", field}, {"type", "nominal"}, {"sort", nullptr}}; }

Json rows_of(const char* field) {
  Json axis = names(field);
  axis["title"] = nullptr;
  axis["axis"] = {{"ticks", false}, {"domain", false}};
  return axis;
}

Json colour_of_variant(const Subject& subject) {
  Json encoding = names("variant");
  encoding["scale"] = scale_of_variants(subject);
  encoding["legend"] = subject.variants.size() > 1 ? legend() : Json(nullptr);
  return encoding;
}

// Only the kinds that occur, each with its own shape.
Json shape_of_stability(const Subject& subject) {
  Json domain = Json::array();
  Json range = Json::array();
  for (std::size_t i = 0; i < kStabilityShapes.size(); ++i) {
    const bool occurs = std::any_of(
        subject.results.runs.begin(), subject.results.runs.end(),
        [&](const RunResult& run) { return static_cast<std::size_t>(run.metrics.stability) == i; });
    if (occurs) {
      domain.push_back(spec::kStabilityNames[i]);
      range.push_back(kStabilityShapes[i]);
    }
  }
  Json encoding = names("stability");
  encoding["scale"] = {{"domain", std::move(domain)}, {"range", std::move(range)}};
  encoding["legend"] = legend();
  encoding["legend"]["columns"] = 1;
  return encoding;
}

Json row_of(const Subject& subject, std::size_t i) {
  const RunResult& run = subject.results.runs[i];
  return {{"run", subject.labels[i]},
          {"variant", run.spec.variant},
          {"stability", spec::name_of(run.metrics.stability, spec::kStabilityNames)}};
}

Json tooltip(const std::vector<std::pair<const char*, const char*>>& fields) {
  Json list = Json::array();
  for (const auto& [field, title] : fields) {
    list.push_back({{"field", field}, {"title", title}});
  }
  return list;
}

namespace {

// In the first layer, because a selection belongs to a view. With shift, so that the page scrolls.
void let_zoom(Json& spec) {
  const Json zoom = {{"name", "zoom"},
                     {"select",
                      {{"type", "interval"},
                       {"zoom", "wheel![event.shiftKey]"},
                       {"translate",
                        "[pointerdown[event.shiftKey], window:pointerup] > "
                        "window:pointermove!"}}},
                     {"bind", "scales"}};
  Json& view = spec.contains("layer") ? spec["layer"][0] : spec;
  view["params"].push_back(zoom);
}

// Vega-Lite parameters and transforms may be there already, from a template.
void let_hide(Json& spec) {
  spec["params"].push_back({{"name", "hidden"}, {"value", Json::array()}});
  Json transforms = {{{"filter", "indexof(hidden, datum.variant) < 0"}}};
  for (const Json& other : spec.value("transform", Json::array())) {
    transforms.push_back(other);
  }
  spec["transform"] = std::move(transforms);
}

}  // namespace

Chart chart(std::string title, std::string hint, Json spec, Json rows, bool zoom) {
  if (!rows.empty() && rows.front().contains("variant")) {
    let_hide(spec);
  }
  if (zoom) {
    let_zoom(spec);
  }
  Json whole = {{"description", fmt::format("{}. {}", title, hint)},
                {"width", "container"},
                {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
                {"data", {{"values", std::move(rows)}}}};
  whole.update(spec);
  return {std::move(title), std::move(hint),
          whole.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json mark(Json definition, Json encoding) {
  return {{"mark", std::move(definition)}, {"encoding", std::move(encoding)}};
}

}  // namespace kvsim::report
