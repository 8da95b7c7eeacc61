#include "sim/cost/collective.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::cost {
namespace {

double seconds_at(const spec::CollectiveRow& row, std::size_t i) {
  return to_seconds(row.time[i]).value();
}

double log_log(const spec::CollectiveRow& row, std::size_t upper, std::int64_t bytes) {
  const double x0 = std::log(static_cast<double>(row.bytes[upper - 1]));
  const double x1 = std::log(static_cast<double>(row.bytes[upper]));
  const double y0 = std::log(seconds_at(row, upper - 1));
  const double y1 = std::log(seconds_at(row, upper));
  const double t = (std::log(static_cast<double>(bytes)) - x0) / (x1 - x0);
  return std::exp(y0 + t * (y1 - y0));
}

}  // namespace

Seconds collective_time(const spec::CollectiveForm& form, std::int64_t ranks, std::int64_t bytes) {
  const auto row = std::find_if(form.rows.begin(), form.rows.end(),
                                [&](const auto& each) { return each.gpus == ranks; });
  KVSIM_CHECK(row != form.rows.end(), "the card has no row for this number of GPUs");
  const auto upper = static_cast<std::size_t>(
      std::lower_bound(row->bytes.begin(), row->bytes.end(), bytes) - row->bytes.begin());
  if (upper == 0) {
    return Seconds(seconds_at(*row, 0));
  }
  if (upper < row->bytes.size()) {
    return Seconds(log_log(*row, upper, bytes));
  }
  const double beyond = static_cast<double>(bytes) / static_cast<double>(row->bytes.back());
  return Seconds(seconds_at(*row, row->bytes.size() - 1) * beyond);
}

Seconds copy_time(const spec::LinkForm& form, Bytes bytes) {
  return to_seconds(form.launch) + bytes / form.bandwidth;
}

}  // namespace kvsim::cost
