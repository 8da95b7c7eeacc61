// How much is asked of the cluster, hour by hour: the peak that sizes it, the mean that pays for
// it.
#include <fmt/format.h>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::OfferedRate;
using spec::RunResult;

RunColumn column_of_rate(std::string key, std::string title, std::string unit,
                         std::function<Cell(const OfferedRate&)> cell) {
  return {std::move(key), std::move(title), std::move(unit),
          [cell = std::move(cell)](const RunResult& run) {
            return run.offered ? cell(*run.offered) : no_cell();
          }};
}

Cell time_cell(Duration time) {
  const double seconds = to_seconds(time).value();
  return {seconds, format_time(seconds)};
}

}  // namespace

Table offered_rate_table(const Subject& subject) {
  Table table = table_of_runs(
      "Offered rate over time", subject,
      {column_of_rate("offered_rate_window_s", "window", "",
                      [](const OfferedRate& rate) { return time_cell(rate.window); }),
       column_of_rate("mean_offered_rate", "mean", "1/s",
                      [](const OfferedRate& rate) { return number_cell(rate.mean_rate); }),
       column_of_rate("peak_offered_rate", "peak of a window", "1/s",
                      [](const OfferedRate& rate) { return number_cell(rate.peak_rate); }),
       column_of_rate("peak_over_mean_rate", "peak over mean", "",
                      [](const OfferedRate& rate) {
                        return rate.mean_rate > 0 ? ratio_cell(rate.peak_rate / rate.mean_rate)
                                                  : no_cell();
                      }),
       column_of_rate("peak_offered_rate_at_s", "begin of the peak", "",
                      [](const OfferedRate& rate) { return time_cell(rate.peak_start); })});
  std::erase_if(table.rows, [&](const Row& row) {
    return !subject.results.runs[row.runs.front()].offered.has_value();
  });
  if (!table.rows.empty()) {
    table.notes = {
        "Requests that arrive in windows of this length from time 0 on, whether or not they can be "
        "served: result.json has all windows (offered_rate). A cluster of fixed size is sized by "
        "the peak and paid for all day."};
  }
  return table;
}

}  // namespace kvsim::report
