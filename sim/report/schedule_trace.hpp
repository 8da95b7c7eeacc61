// schedule.jsonl: what the scheduler decided, one line per step, to be held against an engine's
// own.
//
//   {"run":"MLA","replica":0,"step":7,"time_s":0.014350216,"num_scheduled_tokens":{"0":1,"3":128},
//    "preempted_req_ids":[],"free_blocks":1187,"num_running":2,"num_waiting":0}
//
// (on one line). num_scheduled_tokens and preempted_req_ids are vLLM's SchedulerOutput, ids are
// those of requests.csv, keys stand in the order in which the scheduler served them. Steps of all
// replicas follow each other in simulated time; each run writes a part of its own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sim/spec/scheduled_step.hpp"

namespace kvsim::report {

/// One line, its end included.
[[nodiscard]] std::string schedule_line(std::string_view run_id, const spec::ScheduledStep& step);

class ScheduleTracePart {
 public:
  /// Throws ConfigError that names the path when it cannot be written; so do the others.
  ScheduleTracePart(std::filesystem::path path, std::string run_id);

  void write(const spec::ScheduledStep& step);
  /// Writes what is left and closes the file.
  void close();

 private:
  void flush();

  std::filesystem::path path_;
  std::string run_id_;
  std::ofstream file_;
  std::string text_;  ///< lines not yet handed to the file
};

}  // namespace kvsim::report
