#include "sim/spec/workload.hpp"

#include <algorithm>

namespace kvsim::spec {
namespace {

// exp(z99² / 2) with z99 = 2.3263478740408408 (99th percentile of the standard normal): the
// largest p99/mean that a lognormal can have.
constexpr double kLargestLognormalP99OverMean = 14.97;

void describe_sources(FieldVisitor& visitor, WorkloadSpec& workload) {
  visitor.optional_field(optional("trace", "file of requests, beside the study or absolute"),
                         workload.trace);
  visitor.choice_of(optional("format", "how to read the trace"), kTraceFormatNames,
                    workload.format);
  visitor.group(optional("columns", "which columns or keys of the trace mean what"),
                workload.columns);
  visitor.optional_group(optional("where", "which lines of a CSV trace count; absent: all"),
                         workload.where);
  visitor.rule(!workload.where || workload.format != TraceFormat::Mooncake, "where",
               "is for CSV traces only", "take the lines out of the file");
  visitor.field(above(optional("speedup", "replay the trace this many times faster"), 0),
                workload.speedup);
  visitor.optional_field(
      above(optional("request_rate",
                     "replay the trace at this mean rate: its gaps shrink or grow alike, so bursts "
                     "keep their shape; in place of speedup"),
            0),
      workload.request_rate);
  visitor.field(optional("skip_bad_lines", "count malformed lines instead of stopping"),
                workload.skip_bad_lines);
  visitor.optional_field(
      at_least(optional("hash_block_size",
                        "tokens that one of its block ids stands for; absent: 512, as Mooncake's"),
               1),
      workload.hash_block_size);
  visitor.field(at_most(at_least(optional("repeat",
                                          "read the trace this many times, one after "
                                          "the other; each time other conversations"),
                                 1),
                        1e9),
                workload.repeat);
  visitor.optional_group(optional("arrivals", "open loop: when requests arrive"),
                         workload.arrivals);
  visitor.optional_group(optional("closed_loop", "clients that wait for their answers"),
                         workload.closed_loop);
  visitor.optional_group(optional("lengths", "prompt and output lengths"), workload.lengths);
  visitor.optional_group(optional("shared_prefix", "a system prompt before each generated prompt"),
                         workload.shared_prefix);
  visitor.optional_group(
      optional("conversation", "generated requests are turns; arrivals begin conversations"),
      workload.conversation);
}

// What changes nothing without a trace, or cannot be beside one.
void describe_rules_of_traces(FieldVisitor& visitor, const WorkloadSpec& workload) {
  visitor.rule(workload.trace || !workload.hash_block_size, "hash_block_size", "has no trace",
               "block ids come from a trace: give one, or drop this");
  visitor.rule(workload.trace || workload.repeat == 1, "repeat", "has no trace",
               "for more generated requests raise num_requests");
  visitor.rule(!workload.request_rate || workload.speedup == 1, "request_rate",
               "stands beside speedup", "the two set the same thing: drop one of them");
  visitor.rule(
      !workload.request_rate || (workload.trace && !workload.arrivals && !workload.closed_loop),
      "request_rate", "has no trace whose times it could stretch",
      "generated requests have theirs in arrivals.request_rate");
  visitor.rule(!(workload.trace && workload.shared_prefix), "shared_prefix",
               "stands beside a trace",
               "a trace says by its block ids what prompts share: drop one of the two");
  visitor.rule(!(workload.trace && workload.conversation), "conversation", "stands beside a trace",
               "turns are generated, from lengths: drop one of the two");
}

double requests_in(const std::vector<RateStage>& stages) {
  double requests = 0;
  for (const RateStage& stage : stages) {
    requests += stage.request_rate.value() * to_seconds(stage.duration).value();
  }
  return requests;
}

PerSecond mean_rate(const std::vector<RateStage>& stages) {
  double seconds = 0;
  for (const RateStage& stage : stages) {
    seconds += to_seconds(stage.duration).value();
  }
  return PerSecond(seconds > 0 ? requests_in(stages) / seconds : 0);
}

void describe_stages(FieldVisitor& visitor, ArrivalSpec& arrivals) {
  visitor.list(required("stages", "one rate after the other"), arrivals.stages);
  visitor.choice_of(optional("gaps", "how requests are spread over a stage"), kStageGapNames,
                    arrivals.gaps);
  visitor.rule(!arrivals.stages.empty(), "stages", "is empty",
               "give at least one {request_rate, duration}");
  visitor.rule(arrivals.stages.empty() || requests_in(arrivals.stages) > 0, "stages",
               "has no request in it", "give a stage a rate and a duration above 0");
  arrivals.request_rate = mean_rate(arrivals.stages);
}

void describe_sine(FieldVisitor& visitor, SineSpec& sine) {
  visitor.field(at_most(at_least(required("amplitude",
                                          "how far the rate swings, as a share of its mean; 1: "
                                          "down to nothing and up to twice the mean"),
                                 0),
                        1),
                sine.amplitude);
  visitor.field(above(required("period", "from peak to peak, for example 24 h"), 0), sine.period);
  visitor.field(at_least(optional("phase",
                                  "how much of a period has passed at the begin; 0: the mean, and "
                                  "rising; three quarters of a period: the trough"),
                         0),
                sine.phase);
}

void describe_unit(FieldVisitor& visitor, std::optional<TimeUnit>& unit) {
  const FieldInfo info = optional("arrival_unit", "unit of the arrival column");
  if (visitor.present(info, unit.has_value())) {
    TimeUnit inner = unit.value_or(TimeUnit::Seconds);
    visitor.choice_of(info, kTimeUnitNames, inner);
    unit = inner;
  }
}

bool ends_by_itself(const WorkloadSpec& workload) {
  return workload.trace ||
         (workload.arrivals && workload.arrivals->process == ArrivalProcess::Stages);
}

bool has_a_weight(const std::vector<double>& weights) {
  return weights.empty() ||
         std::any_of(weights.begin(), weights.end(), [](double weight) { return weight > 0; });
}

}  // namespace

void describe(FieldVisitor& visitor, RateStage& stage) {
  visitor.field(at_least(required("request_rate", "mean arrivals per second; 0/s is a pause"), 0),
                stage.request_rate);
  visitor.field(above(required("duration", "how long this rate lasts"), 0), stage.duration);
}

void describe(FieldVisitor& visitor, ArrivalSpec& arrivals) {
  visitor.choice_of(required("process", "how the gaps between arrivals are drawn"),
                    kArrivalProcessNames, arrivals.process);
  const bool one_rate =
      arrivals.process != ArrivalProcess::AllAtOnce && arrivals.process != ArrivalProcess::Stages;
  if (visitor.applies(one_rate)) {
    visitor.field(above(required("request_rate", "mean arrivals per second"), 0),
                  arrivals.request_rate);
  }
  if (visitor.applies(arrivals.process == ArrivalProcess::Gamma)) {
    visitor.field(
        above(required("burstiness", "shape of the gaps; 1 is Poisson, less is burstier"), 0),
        arrivals.burstiness);
  }
  if (visitor.applies(arrivals.process == ArrivalProcess::Stages)) {
    describe_stages(visitor, arrivals);
  }
  if (visitor.applies(arrivals.process == ArrivalProcess::Sine)) {
    describe_sine(visitor, arrivals.sine);
  }
}

void describe(FieldVisitor& visitor, ClosedLoopSpec& closed_loop) {
  visitor.field(at_least(required("max_concurrency", "requests in flight at once"), 1),
                closed_loop.max_concurrency);
}

void describe(FieldVisitor& visitor, LognormalSpec& lognormal) {
  visitor.field(at_least(required("mean", "mean length in tokens"), 1), lognormal.mean);
  visitor.optional_field(at_least(optional("p99", "99th percentile in tokens"), 1), lognormal.p99);
  visitor.optional_field(at_least(optional("median", "median in tokens"), 1), lognormal.median);
  visitor.rule(lognormal.p99.has_value() != lognormal.median.has_value(), "mean",
               "needs exactly one companion", "give either p99 or median beside the mean");
  visitor.rule(!lognormal.p99 || *lognormal.p99 >= lognormal.mean, "p99", "is below the mean",
               "a lognormal's p99 lies above its mean unless it hardly varies");
  visitor.rule(!lognormal.p99 || *lognormal.p99 <= kLargestLognormalP99OverMean * lognormal.mean,
               "p99", "is more than 14.97 times the mean, which no lognormal reaches",
               "use empirical lengths for tails this heavy");
  visitor.rule(!lognormal.median || *lognormal.median <= lognormal.mean, "median",
               "is above the mean", "a lognormal's median lies at or below its mean");
}

void describe(FieldVisitor& visitor, UniformSpec& uniform) {
  visitor.field(at_least(required("min", "shortest, in tokens"), 1), uniform.min);
  visitor.field(at_least(required("max", "longest, in tokens"), 1), uniform.max);
  visitor.rule(uniform.min <= uniform.max, "max", "is smaller than min", "swap the two");
}

void describe(FieldVisitor& visitor, EmpiricalSpec& empirical) {
  visitor.field(at_least(required("tokens", "lengths to draw from"), 1), empirical.tokens);
  visitor.field(at_least(optional("weights", "how often each; absent: all alike"), 0),
                empirical.weights);
  visitor.rule(!empirical.tokens.empty(), "tokens", "is empty", "give at least one length");
  visitor.rule(empirical.weights.empty() || empirical.weights.size() == empirical.tokens.size(),
               "weights", "has not one value per length", "give as many weights as tokens");
  visitor.rule(has_a_weight(empirical.weights), "weights", "sums to zero",
               "make at least one weight positive");
}

void describe(FieldVisitor& visitor, PrioritySpec& priorities) {
  visitor.field(required("values", "priorities to draw from; less is sooner"), priorities.values);
  visitor.field(at_least(optional("weights", "how often each; absent: all alike"), 0),
                priorities.weights);
  visitor.rule(!priorities.values.empty(), "values", "is empty", "give at least one priority");
  visitor.rule(priorities.weights.empty() || priorities.weights.size() == priorities.values.size(),
               "weights", "has not one value per priority", "give as many weights as values");
  visitor.rule(has_a_weight(priorities.weights), "weights", "sums to zero",
               "make at least one weight positive");
}

void describe(FieldVisitor& visitor, NormalSpec& normal) {
  visitor.field(at_least(required("mean", "mean length in tokens, before the cut"), 1),
                normal.mean);
  visitor.field(at_least(required("std_dev", "standard deviation in tokens"), 0), normal.std_dev);
  visitor.field(at_least(required("min", "shortest, in tokens"), 1), normal.min);
  visitor.field(at_least(required("max", "longest, in tokens"), 1), normal.max);
  visitor.rule(normal.min <= normal.max, "max", "is smaller than min", "swap the two");
  visitor.rule(normal.min > normal.max || (static_cast<double>(normal.min) <= normal.mean &&
                                           normal.mean <= static_cast<double>(normal.max)),
               "mean", "lies outside min and max", "choose a mean between the two");
}

void describe(FieldVisitor& visitor, LengthSpec& length) {
  visitor.one_of_kind("a distribution of lengths in tokens", kLengthKindNames, length.kind);
  if (visitor.applies(length.kind == LengthKind::Fixed)) {
    visitor.field(at_least(required("fixed", "every length, in tokens"), 1), length.fixed);
  }
  if (visitor.applies(length.kind == LengthKind::Uniform)) {
    visitor.group(required("uniform", "whole numbers from min to max"), length.uniform);
  }
  if (visitor.applies(length.kind == LengthKind::Lognormal)) {
    visitor.group(required("lognormal", "mean with p99 or median"), length.lognormal);
  }
  if (visitor.applies(length.kind == LengthKind::Empirical)) {
    visitor.group(required("empirical", "given lengths with weights"), length.empirical);
  }
  if (visitor.applies(length.kind == LengthKind::Normal)) {
    visitor.group(required("normal", "mean and std_dev, cut at min and max"), length.normal);
  }
}

void describe(FieldVisitor& visitor, LengthsSpec& lengths) {
  visitor.group(required("prompt", "prompt lengths"), lengths.prompt);
  visitor.group(required("output", "output lengths"), lengths.output);
  visitor.keyword_or(at_least(optional("max_tokens",
                                       "the limit the client sends; output: exactly "
                                       "the output length"),
                              1),
                     "output", lengths.max_tokens);
}

void describe(FieldVisitor& visitor, SharedPrefixSpec& shared_prefix) {
  visitor.field(at_least(required("num_groups", "how many system prompts there are"), 1),
                shared_prefix.num_groups);
  visitor.group(required("tokens", "lengths of the system prompts"), shared_prefix.tokens);
  visitor.field(at_least(optional("weights", "how often each group; absent: all alike"), 0),
                shared_prefix.weights);
  visitor.rule(
      shared_prefix.weights.empty() ||
          static_cast<std::int64_t>(shared_prefix.weights.size()) == shared_prefix.num_groups,
      "weights", "has not one value per group", "give as many weights as num_groups");
  visitor.rule(has_a_weight(shared_prefix.weights), "weights", "sums to zero",
               "make at least one weight positive");
}

void describe(FieldVisitor& visitor, ExponentialTimeSpec& exponential) {
  visitor.field(above(required("mean", "mean time"), 0), exponential.mean);
}

void describe(FieldVisitor& visitor, LognormalTimeSpec& lognormal) {
  visitor.field(above(required("mean", "mean time"), 0), lognormal.mean);
  visitor.field(above(required("p99", "99th percentile"), 0), lognormal.p99);
  visitor.rule(lognormal.p99 >= lognormal.mean, "p99", "is below the mean",
               "a lognormal's p99 lies above its mean unless it hardly varies");
  visitor.rule(to_seconds(lognormal.p99).value() <=
                   kLargestLognormalP99OverMean * to_seconds(lognormal.mean).value(),
               "p99", "is more than 14.97 times the mean, which no lognormal reaches",
               "raise the mean, or take exponential times");
}

void describe(FieldVisitor& visitor, ThinkTimeSpec& think_time) {
  visitor.one_of_kind("a distribution of times", kThinkTimeKindNames, think_time.kind);
  if (visitor.applies(think_time.kind == ThinkTimeKind::Fixed)) {
    visitor.field(at_least(required("fixed", "every time"), 0), think_time.fixed);
  }
  if (visitor.applies(think_time.kind == ThinkTimeKind::Exponential)) {
    visitor.group(required("exponential", "given by its mean"), think_time.exponential);
  }
  if (visitor.applies(think_time.kind == ThinkTimeKind::Lognormal)) {
    visitor.group(required("lognormal", "mean with p99"), think_time.lognormal);
  }
}

void describe(FieldVisitor& visitor, ConversationSpec& conversation) {
  visitor.group(required("turns", "number of turns, in place of tokens"), conversation.turns);
  visitor.group(required("think_time", "from an answer to the next turn"), conversation.think_time);
  visitor.optional_group(
      optional("follow_up", "lengths of messages after the first; absent: those of lengths.prompt"),
      conversation.follow_up);
}

void describe(FieldVisitor& visitor, TraceFilter& filter) {
  visitor.field(required("column", "column of the trace"), filter.column);
  visitor.field(required("equals", "text that it must have"), filter.equals);
}

void describe(FieldVisitor& visitor, TraceColumns& columns) {
  visitor.optional_field(optional("arrival", "column of the arrival time"), columns.arrival);
  visitor.optional_field(optional("prompt_tokens", "column of the prompt length"),
                         columns.prompt_tokens);
  visitor.optional_field(optional("output_tokens", "column of the output length"),
                         columns.output_tokens);
  visitor.optional_field(optional("hash_ids", "column of the prompt's block ids"),
                         columns.hash_ids);
  visitor.optional_field(optional("priority", "column of the priority; less is sooner"),
                         columns.priority);
  describe_unit(visitor, columns.arrival_unit);
}

void describe(FieldVisitor& visitor, WorkloadSpec& workload) {
  describe_sources(visitor, workload);
  visitor.optional_group(
      optional("priorities", "priorities drawn for requests, in place of those of a trace"),
      workload.priorities);
  visitor.choice_of(optional("stop", "whether the engine foresees the end"), kStopRuleNames,
                    workload.stop);
  visitor.optional_field(at_least(optional("num_requests", "how many requests to send"), 1),
                         workload.num_requests);
  visitor.rule(workload.trace || workload.lengths, "lengths", "is missing",
               "give either trace: or lengths: with prompt and output");
  visitor.rule(!(workload.trace && workload.lengths), "lengths", "stands beside a trace",
               "a trace brings its own lengths: drop one of the two");
  describe_rules_of_traces(visitor, workload);
  visitor.rule(!(workload.arrivals && workload.closed_loop), "closed_loop",
               "stands beside arrivals",
               "requests come either at their own times or after answers");
  visitor.rule(workload.trace || workload.arrivals || workload.closed_loop, "arrivals",
               "is missing", "give arrivals: or closed_loop: with the lengths");
  visitor.rule(!workload.trace || workload.format != TraceFormat::Lengths || workload.arrivals ||
                   workload.closed_loop,
               "arrivals", "is missing",
               "a trace of lengths has no times: give arrivals: or closed_loop: beside it");
  visitor.rule(ends_by_itself(workload) || workload.num_requests, "num_requests", "is missing",
               "say how many requests to draw, for example num_requests: 20000");
}

}  // namespace kvsim::spec
