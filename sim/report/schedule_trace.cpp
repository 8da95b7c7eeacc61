#include "sim/report/schedule_trace.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "sim/report/json_values.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/requests_csv.hpp"

namespace kvsim::report {
namespace {}  // namespace

std::string schedule_line(std::string_view run_id, const spec::ScheduledStep& step) {
  std::string line =
      fmt::format(R"({{"run":{},"replica":{},"step":{},"time_s":{},"num_scheduled_tokens":{{)",
                  Json(run_id).dump(), step.replica.value(), step.step,
                  format_seconds(step.begin.since_start(), kTimeDecimals));
  std::string_view comma;
  for (const spec::ScheduledRequest& each : step.scheduled) {
    line += fmt::format(R"({}"{}":{})", comma, each.id.value(), each.tokens);
    comma = ",";
  }
  line += R"(},"preempted_req_ids":[)";
  comma = {};
  for (const RequestId id : step.preempted) {
    line += fmt::format("{}{}", comma, id.value());
    comma = ",";
  }
  line += fmt::format("],\"free_blocks\":{},\"num_running\":{},\"num_waiting\":{}}}\n",
                      step.free_blocks, step.running, step.waiting);
  return line;
}

ScheduleTracePart::ScheduleTracePart(std::filesystem::path path, std::string run_id)
    : path_(std::move(path)),
      run_id_(std::move(run_id)),
      file_(path_, std::ios::binary | std::ios::trunc) {
  if (!file_) {
    fail_to_write(path_, std::strerror(errno));
  }
}

void ScheduleTracePart::write(const spec::ScheduledStep& step) {
  text_ += schedule_line(run_id_, step);
  if (text_.size() >= kFlushBytes) {
    flush();
  }
}

void ScheduleTracePart::flush() {
  file_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
  text_.clear();
  if (!file_) {
    fail_to_write(path_, std::strerror(errno));
  }
}

void ScheduleTracePart::close() {
  flush();
  file_.close();
  if (!file_) {
    fail_to_write(path_, std::strerror(errno));
  }
}

}  // namespace kvsim::report
