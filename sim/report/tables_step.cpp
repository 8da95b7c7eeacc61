#include <fmt/format.h>

#include "sim/report/cells.hpp"
#include "sim/report/step_profiles.hpp"

namespace kvsim::report {
namespace {

using spec::StepPoint;
using spec::StepProfile;

Cell ms_cell(Duration time) { return number_cell(to_milliseconds(time)); }

Row point_row(const ShownProfile& shown, const StepPoint& point) {
  Row row{shown.runs,
          "",
          {text_cell(shown.label), count_cell(point.batch), count_cell(point.context),
           ms_cell(step_time(point))}};
  for (std::size_t part = 0; part < kBusyParts; ++part) {
    row.cells.push_back(ms_cell(point.time_in[part]));
  }
  const double seconds = to_seconds(step_time(point)).value();
  row.cells.push_back(seconds > 0 ? number_cell(static_cast<double>(point.batch) / seconds)
                                  : no_cell());
  return row;
}

Table step_table(std::string title, const Subject& subject,
                 std::vector<StepPoint> StepProfile::*points) {
  Table table{.title = std::move(title),
              .columns = {{"", "of", "", true},
                          {"", "batch", "sequences"},
                          {"", "context", "tokens"},
                          {"", "step", "ms"}},
              .rows = {}};
  for (std::size_t part = 0; part < kBusyParts; ++part) {
    table.columns.push_back({"", std::string(spec::kTimeBucketNames[part]), "ms"});
  }
  table.columns.push_back({"", "output of a replica", "tok/s"});
  for (const ShownProfile& shown : shown_profiles(subject)) {
    for (const StepPoint& point : shown.profile->*points) {
      table.rows.push_back(point_row(shown, point));
    }
  }
  return table;
}

Row operator_row(const ShownProfile& shown, const spec::OperatorPoint& point) {
  const double seconds = to_seconds(point.time).value();
  const auto rate = [&](double amount) {
    return seconds > 0 ? number_cell(amount / seconds / 1e12) : no_cell();
  };
  return {shown.runs,
          "",
          {text_cell(shown.label), text_cell(point.op), ms_cell(point.time),
           number_cell(point.flops / 1e9), number_cell(point.bytes / 1e6),
           point.bytes > 0 ? number_cell(point.flops / point.bytes) : no_cell(), rate(point.flops),
           rate(point.bytes),
           text_cell(std::string(spec::name_of(point.bound, spec::kTimeBucketNames))),
           text_cell(std::string(spec::name_of(point.provenance, spec::kProvenanceNames)))}};
}

}  // namespace

std::vector<ShownProfile> shown_profiles(const Subject& subject) {
  std::vector<ShownProfile> shown;
  for (const BudgetGroup& group : groups_by_budget(subject)) {
    const spec::RunResult& run = subject.results.runs[group.runs.back()];
    if (run.step_profile) {
      shown.push_back({group.label, group.runs, &*run.step_profile, &run});
    }
  }
  return shown;
}

Duration step_time(const StepPoint& point) {
  Duration total;
  for (const Duration part : point.time_in) {
    total += part;
  }
  return total;
}

Table step_by_batch_table(const Subject& subject) {
  Table table = step_table("A decode step against the batch", subject, &StepProfile::by_batch);
  for (const ShownProfile& shown : shown_profiles(subject)) {
    const auto batch = shown.profile->compute_bound_batch;
    table.notes.push_back(
        batch ? fmt::format("{}: computing takes at least as long as reading from batch {} on.",
                            shown.label, *batch)
              : fmt::format("{}: reading takes longer than computing up to max_num_seqs.",
                            shown.label));
  }
  return table;
}

Table step_by_context_table(const Subject& subject) {
  return step_table("A decode step against the context", subject, &StepProfile::by_context);
}

Table operator_table(const Subject& subject) {
  Table table{.title = "Operators of a typical decode step",
              .columns = {{"", "of", "", true},
                          {"", "operator", "", true},
                          {"", "time", "ms"},
                          {"", "work", "GFLOP"},
                          {"", "traffic", "MB"},
                          {"", "intensity", "FLOP/byte"},
                          {"", "reached", "TFLOP/s"},
                          {"", "reached", "TB/s"},
                          {"", "bound by", "", true},
                          {"", "evidence", "", true}},
              .rows = {}};
  for (const ShownProfile& shown : shown_profiles(subject)) {
    for (const spec::OperatorPoint& point : shown.profile->operators) {
      table.rows.push_back(operator_row(shown, point));
    }
    table.notes.push_back(fmt::format("{}: {} sequences of {} tokens, on one GPU.", shown.label,
                                      shown.profile->batch, shown.profile->context));
  }
  return table;
}

}  // namespace kvsim::report
