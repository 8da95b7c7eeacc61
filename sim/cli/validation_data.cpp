// A judgement for other programs: JSON and CSV.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/cli/validation_report.hpp"
#include "sim/report/requests_csv.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;
using validate::Comparison;
using validate::Errors;
using validate::Group;
using validate::Judgement;
using validate::TargetResult;

Json errors_json(const Errors& errors) {
  return {{"n", errors.n},
          {"median_ape", errors.median_ape},
          {"mean_ape", errors.mean_ape},
          {"p90_ape", errors.p90_ape},
          {"bias", errors.bias}};
}

Json group_json(const Group& group) {
  Json json{{"by", group.by}, {"name", group.name}, {"metric", group.metric}};
  json.update(errors_json(group.errors));
  json["mean_field"] = group.mean_field ? errors_json(*group.mean_field) : Json(nullptr);
  json["coverage"] = nullptr;
  if (group.coverage) {
    json["coverage"] = {{"n", group.coverage->n},
                        {"share", group.coverage->share},
                        {"median_half_width", group.coverage->median_half_width}};
  }
  return json;
}

Json row_json(const Comparison& row) {
  Json json{{"row", row.row},
            {"line", row.line},
            {"metric", row.metric},
            {"measured", row.measured},
            {"predicted", row.predicted},
            {"ratio", row.predicted / row.measured}};
  json["mean_field"] = row.mean_field ? Json(*row.mean_field) : Json(nullptr);
  json["interval"] =
      row.interval ? Json{{"low", row.interval->low}, {"high", row.interval->high}} : Json(nullptr);
  for (const auto& [column, value] : row.labels) {
    json["labels"][column] = value;
  }
  for (std::size_t i = 0; i < row.provenance.size(); ++i) {
    json["provenance"][std::string(spec::kProvenanceNames[i])] = row.provenance[i];
  }
  json["host_time_fitted"] = !row.fitted.empty();
  return json;
}

Json target_json(const TargetResult& result) {
  Json json = group_json(result.group);
  json["limit"] = {{"median_ape", result.target.median},
                   {"p90_ape", result.target.p90 ? Json(*result.target.p90) : Json(nullptr)}};
  json["met"] = result.met;
  return json;
}

Json judgement_json(const Judgement& judgement) {
  Json json{{"map", judgement.map}, {"source", judgement.source}, {"table", judgement.table}};
  json["targets"] = Json::array();
  for (const TargetResult& target : judgement.targets) {
    json["targets"].push_back(target_json(target));
  }
  json["groups"] = Json::array();
  for (const Group& group : judgement.groups) {
    json["groups"].push_back(group_json(group));
  }
  json["causes"] = Json::array();
  for (const Group& cause : judgement.causes) {
    json["causes"].push_back(group_json(cause));
  }
  json["rows"] = Json::array();
  for (const Comparison& row : judgement.rows) {
    json["rows"].push_back(row_json(row));
  }
  json["skipped"] = Json::array();
  for (const validate::Skipped& skipped : judgement.skipped) {
    json["skipped"].push_back(
        {{"reason", skipped.reason}, {"n", skipped.rows.size()}, {"rows", skipped.rows}});
  }
  return json;
}

}  // namespace

std::string validation_json(const std::vector<Judgement>& all) {
  if (all.size() == 1) {
    return judgement_json(all.front()).dump(2) + "\n";
  }
  Json json = Json::array();
  for (const Judgement& judgement : all) {
    json.push_back(judgement_json(judgement));
  }
  return json.dump(2) + "\n";
}

std::string validation_csv(const std::vector<Judgement>& all) {
  std::string text =
      "map,row,metric,measured,predicted,ratio,mean_field,low,high,host_time_fitted\n";
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.9g}", *value) : std::string();
  };
  for (const Judgement& judgement : all) {
    for (const Comparison& row : judgement.rows) {
      const auto low = row.interval ? std::optional(row.interval->low) : std::nullopt;
      const auto high = row.interval ? std::optional(row.interval->high) : std::nullopt;
      text += fmt::format("{},{},{},{:.9g},{:.9g},{:.6f},{},{},{},{}\n", judgement.map,
                          report::csv_field(row.row), row.metric, row.measured, row.predicted,
                          row.predicted / row.measured, number(row.mean_field), number(low),
                          number(high), !row.fitted.empty());
    }
  }
  return text;
}

}  // namespace kvsim::cli
