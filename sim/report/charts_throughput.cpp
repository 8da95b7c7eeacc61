// Throughput per GPU against interactivity: the field's signature chart.
#include <algorithm>

#include "sim/report/chart_parts.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/ranges.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

// Lines that lie on each other stay visible through the gaps of the upper one.
Json dash_of_variant(const Subject& subject) {
  Json encoding = names("variant");
  encoding["scale"] = {{"domain", subject.variants},
                       {"range", Json::parse("[[1,0],[9,4],[4,4],[12,3,2,3],[2,3]]")}};
  encoding["legend"] = nullptr;
  return encoding;
}

void add_ends(Json& row, const std::string& name, const std::optional<Range>& range) {
  if (range) {
    row[name + "_low"] = json_number(range->low);
    row[name + "_high"] = json_number(range->high);
  }
}

// From end to end of the interval, both ways.
std::vector<Json> error_bars() {
  const Json look = {{"type", "rule"}, {"strokeWidth", 1}, {"opacity", 0.55}};
  const auto bar = [&](const char* along, const std::string& field) {
    return mark(look, {{along, {{"field", field + "_low"}, {"type", "quantitative"}}},
                       {std::string(along) + "2", {{"field", field + "_high"}}}});
  };
  return {bar("x", "interactivity"), bar("y", "throughput")};
}

// Runs that no other run beats in both: with the next faster runs behind it, none was as
// interactive. Vega works it out, so that it follows what is hidden.
Json front_line() {
  const Json sort = {{{"field", "throughput"}, {"order", "descending"}}};
  const auto window = [&](const char* op, const char* of, const char* as) {
    return Json{{"window", {{{"op", op}, {"field", of}, {"as", as}}}},
                {"sort", sort},
                {"frame", {nullptr, 0}},
                {"ignorePeers", true}};
  };
  Json line =
      mark({{"type", "line"}, {"strokeWidth", 9}, {"opacity", 0.35}, {"color", "var(--dim)"}},
           {{"color", nullptr}, {"order", {{"field", "interactivity"}, {"type", "quantitative"}}}});
  line["transform"] = {
      {{"filter", "datum.stability != 'overloaded'"}},
      window("max", "interactivity", "best"),
      window("lag", "best", "before"),
      {{"filter", "!isValid(datum.before) || datum.interactivity > datum.before"}}};
  return line;
}

}  // namespace

std::optional<Chart> throughput_chart(const Subject& subject) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const RunResult& run = subject.results.runs[i];
    if (const auto interactivity = mean_interactivity(run.metrics)) {
      const auto load = load_of(run.spec);
      Json row = row_of(subject, i);
      row["load"] = load ? json_number(load->value) : Json(i);
      row["interactivity"] = json_number(*interactivity);
      row["throughput"] = json_number(per_gpu(run.metrics.output_throughput, run.spec));
      add_ends(row, "interactivity", range_of_interactivity(run));
      add_ends(row, "throughput", range_of_output_per_gpu(run));
      rows.push_back(std::move(row));
    }
  }
  if (rows.empty()) {
    return std::nullopt;
  }
  const Json line = {{"mark", {{"type", "line"}, {"strokeWidth", 2}}},
                     {"encoding",
                      {{"strokeDash", dash_of_variant(subject)},
                       {"order", {{"field", "load"}, {"type", "quantitative"}}}}}};
  const Json points = {
      {"mark", {{"type", "point"}, {"filled", true}, {"size", 80}, {"opacity", 1}}},
      {"encoding",
       {{"shape", shape_of_stability(subject)},
        {"tooltip", tooltip({{"run", "run"},
                             {"interactivity", "tok/s per user"},
                             {"throughput", "output tok/s per GPU"},
                             {"stability", "stability"}})}}}};
  Json layers = {front_line(), line, points};
  std::string hint =
      "Up and to the right is better. Each line is a variant over its sweep; the broad grey one is "
      "the Pareto front of the runs that are not overloaded.";
  if (rows.front().contains("throughput_low")) {
    for (Json& bar : error_bars()) {
      layers.push_back(std::move(bar));
    }
    hint += " Crosses: the intervals of the replicates.";
  }
  return chart("Throughput per GPU against interactivity", std::move(hint),
               {{"height", 340},
                {"encoding",
                 {{"x", quantity("interactivity", "tok/s per user (1000 / mean TPOT in ms)")},
                  {"y", quantity("throughput", "output tok/s per GPU")},
                  {"color", colour_of_variant(subject)}}},
                {"layer", std::move(layers)}},
               std::move(rows), true);
}

}  // namespace kvsim::report
