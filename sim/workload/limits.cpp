#include "sim/workload/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/diagnostic.hpp"
#include "sim/workload/stretch_ids.hpp"
#include "sim/workload/time_scaling.hpp"

namespace kvsim::workload {
namespace {

class Problems {
 public:
  void require(bool holds, std::string path, std::string message, std::string note) {
    if (!holds) {
      diagnostics_.push_back({.place = {},
                              .message = std::move(message),
                              .path = std::move(path),
                              .source_line = {},
                              .notes = {std::move(note)}});
    }
  }
  void throw_if_any() {
    if (!diagnostics_.empty()) {
      throw ConfigError(std::move(diagnostics_));
    }
  }

 private:
  std::vector<Diagnostic> diagnostics_;
};

bool divides(double value) { return value >= kSmallestDivisor && value <= kLargestDivisor; }

double longest_of(const spec::LengthSpec& length) {
  switch (length.kind) {
    case spec::LengthKind::Fixed:
      return static_cast<double>(length.fixed);
    case spec::LengthKind::Uniform:
      return static_cast<double>(length.uniform.max);
    case spec::LengthKind::Lognormal:
      return length.lognormal.mean;
    case spec::LengthKind::Empirical:
      return static_cast<double>(
          *std::max_element(length.empirical.tokens.begin(), length.empirical.tokens.end()));
    case spec::LengthKind::Normal:
      return static_cast<double>(length.normal.max);
  }
  return 0;
}

constexpr double kLongestStages = 1e8;    // s, three years: as for traces
constexpr double kMostInAStage = 1e9;     // requests
constexpr double kShortestPeriod = 1e-3;  // s

void check_stages(const std::vector<spec::RateStage>& stages, Problems& problems) {
  double total = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const double rate = stages[i].request_rate.value();
    const double seconds = to_seconds(stages[i].duration).value();
    problems.require(rate == 0 || divides(rate),
                     fmt::format("workload.arrivals.stages[{}].request_rate", i),
                     fmt::format("a request rate of {:g}/s cannot be simulated", rate),
                     "rates from 1e-6/s to 1e12/s can; a pause: 0/s");
    problems.require(rate * seconds <= kMostInAStage,
                     fmt::format("workload.arrivals.stages[{}]", i),
                     fmt::format("a stage of {:g} requests cannot be simulated", rate * seconds),
                     "stages of up to 1e9 requests can");
    total += seconds;
  }
  problems.require(total <= kLongestStages, "workload.arrivals.stages",
                   fmt::format("stages that last {:g} s cannot be simulated", total),
                   "stages of up to 1e8 s in all can");
}

void check_sine(const spec::SineSpec& sine, Problems& problems) {
  const double period = to_seconds(sine.period).value();
  problems.require(period >= kShortestPeriod && period <= kLongestStages,
                   "workload.arrivals.period",
                   fmt::format("a period of {:g} s cannot be simulated", period),
                   "periods from 1 ms to 1e8 s can");
  const double phase = to_seconds(sine.phase).value();
  problems.require(phase <= kLongestStages, "workload.arrivals.phase",
                   fmt::format("a phase of {:g} s cannot be simulated", phase),
                   "phases of up to 1e8 s can");
}

void check_arrivals(const spec::ArrivalSpec& arrivals, Problems& problems) {
  if (arrivals.process == spec::ArrivalProcess::AllAtOnce) {
    return;
  }
  if (arrivals.process == spec::ArrivalProcess::Stages) {
    check_stages(arrivals.stages, problems);
    return;
  }
  const double rate = arrivals.request_rate.value();
  problems.require(divides(rate), "workload.arrivals.request_rate",
                   fmt::format("a request rate of {:g}/s cannot be simulated", rate),
                   "rates from 1e-6/s to 1e12/s can; arrivals all at once: process: all_at_once");
  if (arrivals.process == spec::ArrivalProcess::Sine) {
    check_sine(arrivals.sine, problems);
  }
  if (arrivals.process == spec::ArrivalProcess::Gamma) {
    problems.require(arrivals.burstiness >= kSmallestBurstiness, "workload.arrivals.burstiness",
                     fmt::format("a burstiness of {:g} cannot be simulated", arrivals.burstiness),
                     "it can be 0.001 or more; all at once: process: all_at_once");
  }
}

void check_turns(const spec::LengthSpec& turns, Problems& problems) {
  const double most = longest_of(turns);
  problems.require(most <= static_cast<double>(kMostTurns), "workload.conversation.turns",
                   fmt::format("a conversation of {:g} turns cannot be simulated", most),
                   "conversations of up to 1e6 turns can");
}

Duration mean_of(const spec::ThinkTimeSpec& think_time) {
  switch (think_time.kind) {
    case spec::ThinkTimeKind::Fixed:
      break;
    case spec::ThinkTimeKind::Exponential:
      return think_time.exponential.mean;
    case spec::ThinkTimeKind::Lognormal:
      return think_time.lognormal.mean;
  }
  return think_time.fixed;
}

void check_think_time(const spec::ThinkTimeSpec& think_time, Problems& problems) {
  const double seconds = to_seconds(mean_of(think_time)).value();
  problems.require(seconds <= kLongestStages, "workload.conversation.think_time",
                   fmt::format("think times of {:g} s cannot be simulated", seconds),
                   "think times of up to 1e8 s can");
}

void check_length(const spec::LengthSpec& length, const char* path, Problems& problems) {
  const double longest = longest_of(length);
  problems.require(longest <= static_cast<double>(kLongestRequest), path,
                   fmt::format("a length of {:g} tokens cannot be simulated", longest),
                   "lengths up to 1e9 tokens can");
}

void check_conversation(const spec::ConversationSpec& conversation, Problems& problems) {
  check_turns(conversation.turns, problems);
  check_think_time(conversation.think_time, problems);
  if (conversation.follow_up) {
    check_length(*conversation.follow_up, "workload.conversation.follow_up", problems);
  }
}

}  // namespace

void check_limits(const spec::WorkloadSpec& workload) {
  Problems problems;
  if (workload.arrivals) {
    check_arrivals(*workload.arrivals, problems);
  }
  if (workload.lengths) {
    check_length(workload.lengths->prompt, "workload.lengths.prompt", problems);
    check_length(workload.lengths->output, "workload.lengths.output", problems);
  }
  if (workload.shared_prefix) {
    check_length(workload.shared_prefix->tokens, "workload.shared_prefix.tokens", problems);
  }
  if (workload.conversation) {
    check_conversation(*workload.conversation, problems);
  }
  problems.require(divides(workload.speedup), "workload.speedup",
                   fmt::format("a speedup of {:g} cannot be simulated", workload.speedup),
                   "speedups from 1e-6 to 1e12 can");
  problems.require(!workload.request_rate || divides(workload.request_rate->value()),
                   "workload.request_rate",
                   fmt::format("a request rate of {:g}/s cannot be simulated",
                               workload.request_rate.value_or(PerSecond(1)).value()),
                   "rates from 1e-6/s to 1e12/s can");
  const bool replays_times = workload.trace && !workload.arrivals && !workload.closed_loop;
  problems.require(workload.speedup == 1 || replays_times, "workload.speedup",
                   "speedup has no effect here: the arrivals do not come from a trace",
                   "remove it, or replay a trace without arrivals and closed_loop");
  problems.throw_if_any();
}

}  // namespace kvsim::workload
