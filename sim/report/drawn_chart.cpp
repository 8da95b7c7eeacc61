#include "sim/report/drawn_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/base/spelling.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/datasets.hpp"
#include "sim/report/own_table.hpp"

namespace kvsim::report {
namespace {

TemplatePlace at(const TemplatePlace& place, const char* key) {
  return {place.file, fmt::format("{}.{}", place.path, key)};
}

// Numbers and nothing else, as far as there are any.
bool is_quantity(const Json& rows, const std::string& field) {
  return std::all_of(rows.begin(), rows.end(), [&](const Json& row) {
    return row.at(field).is_number() || row.at(field).is_null();
  });
}

void require_field(const Json& rows, const std::string& field, const TemplatePlace& place) {
  if (rows.empty() || rows.front().contains(field)) {
    return;
  }
  std::vector<std::string> known;
  for (const auto& item : rows.front().items()) {
    known.push_back(item.key());
  }
  std::vector<std::string> notes;
  if (const auto near = nearest_word(field, known)) {
    notes.push_back(fmt::format("did you mean '{}'?", *near));
  }
  if (known.size() < 20) {
    notes.push_back(fmt::format("fields: {}", fmt::join(known, ", ")));
  } else {
    notes.emplace_back("columns are those of kvsim run --format csv, and run, variant, load");
  }
  fail_in_template(place, fmt::format("the rows have no field '{}'", field), std::move(notes));
}

Json axis_of(const Json& rows, const std::string& field, bool logarithmic,
             const TemplatePlace& place) {
  require_field(rows, field, place);
  if (!is_quantity(rows, field)) {
    return names(field.c_str());
  }
  Json axis = quantity(field.c_str(), field);
  axis["scale"] = logarithmic ? Json{{"type", "log"}} : Json{{"zero", false}};
  return axis;
}

Json color_of(const Subject& subject, const Json& rows, const spec::DrawnChart& asked,
              const TemplatePlace& place) {
  require_field(rows, asked.color, place);
  if (asked.color == "variant") {
    return colour_of_variant(subject);
  }
  Json encoding = is_quantity(rows, asked.color) ? quantity(asked.color.c_str(), asked.color)
                                                 : names(asked.color.c_str());
  encoding["legend"] = legend();
  return encoding;
}

bool is_log(const spec::DrawnChart& asked, spec::ChartAxis axis) {
  return std::find(asked.log.begin(), asked.log.end(), axis) != asked.log.end();
}

Json spec_on_axes(const spec::DrawnChart& asked, const Subject& subject, const Json& rows,
                  const TemplatePlace& place) {
  std::vector<std::pair<const char*, const char*>> tips = {{"run", "run"}};
  for (const std::string* field : {&asked.x, &asked.y}) {
    if (*field != "run") {
      tips.emplace_back(field->c_str(), field->c_str());
    }
  }
  Json look = {{"type", spec::name_of(asked.mark, spec::kChartMarkNames)}};
  if (asked.mark != spec::ChartMark::Bar) {
    look["filled"] = asked.mark == spec::ChartMark::Point;
    look["point"] = asked.mark == spec::ChartMark::Line;
  }
  return {{"height", kChartHeight},
          {"mark", std::move(look)},
          {"encoding",
           {{"x", axis_of(rows, asked.x, is_log(asked, spec::ChartAxis::X), at(place, "x"))},
            {"y", axis_of(rows, asked.y, is_log(asked, spec::ChartAxis::Y), at(place, "y"))},
            {"color", color_of(subject, rows, asked, at(place, "color"))},
            {"tooltip", tooltip(tips)}}}};
}

Json given_spec(const spec::DrawnChart& asked, const TemplatePlace& place) {
  Json spec;
  try {
    spec = Json::parse(asked.vega_lite);
  } catch (const Json::parse_error& error) {
    fail_in_template(at(place, "vega_lite"), fmt::format("this is not JSON: {}", error.what()),
                     {"after 'vega_lite: |' the text below, indented, is JSON"});
  }
  if (!spec.is_object() || spec.contains("data")) {
    fail_in_template(at(place, "vega_lite"),
                     spec.is_object() ? "brings data of its own" : "is not an object",
                     {"the rows of the results are its data: give mark and encoding"});
  }
  return spec;
}

void collect_fields(const Json& node, std::set<std::string>& fields) {
  if (node.is_object() && node.contains("field") && node["field"].is_string()) {
    fields.insert(node["field"].get<std::string>());
  }
  if (node.is_structured()) {
    for (const Json& child : node) {
      collect_fields(child, fields);
    }
  }
}

// Of a run there are a hundred columns; the page carries those that are drawn.
void keep_fields(Json& rows, std::set<std::string> fields) {
  fields.insert({"run", "variant", "stability"});
  for (Json& row : rows) {
    Json kept = Json::object();
    for (const auto& [key, value] : row.items()) {
      if (fields.contains(key)) {
        kept[key] = value;
      }
    }
    row = std::move(kept);
  }
}

}  // namespace

DrawnPicture drawn_chart(const spec::DrawnChart& asked, const Subject& subject,
                         const RunColumns& columns, const TemplatePlace& place) {
  Json rows = rows_of_data(asked.data, subject, columns);
  const bool given = !asked.vega_lite.empty();
  Json spec = given ? given_spec(asked, place) : spec_on_axes(asked, subject, rows, place);
  std::set<std::string> fields;
  collect_fields(spec, fields);
  if (asked.data == spec::ChartData::Runs) {
    keep_fields(rows, fields);
  }
  Table table =
      asked.data == spec::ChartData::Runs
          ? table_of_columns(asked.title, {fields.begin(), fields.end()}, subject, columns)
          : table_of(table_of_data(asked.data), subject);
  return {chart(asked.title, asked.hint, std::move(spec), std::move(rows)), std::move(table)};
}

}  // namespace kvsim::report
