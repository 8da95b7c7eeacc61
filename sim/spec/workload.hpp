// Which requests arrive, when, and how long they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

enum class ArrivalProcess { Poisson, Gamma, Constant, AllAtOnce, Stages, Sine };
inline constexpr std::array<std::string_view, 6> kArrivalProcessNames = {
    "poisson", "gamma", "constant", "all_at_once", "stages", "sine"};

/// A span of time with one rate; a rate of 0 is a pause.
struct RateStage {
  PerSecond request_rate;
  Duration duration;
};

/// How the requests of a stage are spread over it. Counted and Constant send exactly
/// floor(request_rate · duration) of them; Counted scales random gaps to fill the stage.
enum class StageGaps { Poisson, Counted, Constant };
inline constexpr std::array<std::string_view, 3> kStageGapNames = {"poisson", "counted",
                                                                   "constant"};

/// A rate that swings around its mean: request_rate · (1 + amplitude · sin(2π (t + phase) /
/// period)).
struct SineSpec {
  double amplitude = 0;  ///< 0 to 1, a share of the mean
  Duration period;
  Duration phase;  ///< how much of a period has passed when the run begins
};

struct ArrivalSpec {
  ArrivalProcess process = ArrivalProcess::Poisson;
  PerSecond request_rate;   ///< not used by AllAtOnce; of Stages, their mean, which is derived
  double burstiness = 1.0;  ///< shape of Gamma gaps, vLLM's --burstiness: 1 is Poisson, <1 burstier
  std::vector<RateStage> stages{};  ///< one after the other; the requests end with the last one
  StageGaps gaps = StageGaps::Poisson;
  SineSpec sine{};
};

/// Clients that each send their next request when the last one has finished.
struct ClosedLoopSpec {
  std::int64_t max_concurrency = 0;
};

/// Two of the three describe a lognormal: its mean and either p99 or median.
struct LognormalSpec {
  double mean = 0;
  std::optional<double> p99;
  std::optional<double> median;
};

struct UniformSpec {
  std::int64_t min = 0;
  std::int64_t max = 0;  ///< inclusive
};

struct EmpiricalSpec {
  std::vector<std::int64_t> tokens;
  std::vector<double> weights;  ///< empty: all alike
};

/// Normal, cut at both ends: what lies outside becomes min or max.
struct NormalSpec {
  double mean = 0;  ///< before the cut
  double std_dev = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;  ///< inclusive
};

enum class LengthKind { Fixed, Uniform, Lognormal, Empirical, Normal };
inline constexpr std::array<std::string_view, 5> kLengthKindNames = {
    "fixed", "uniform", "lognormal", "empirical", "normal"};

/// A distribution of lengths in tokens; draws are rounded to whole tokens and at least 1.
struct LengthSpec {
  LengthKind kind = LengthKind::Fixed;
  std::int64_t fixed = 1;
  UniformSpec uniform;
  LognormalSpec lognormal;
  EmpiricalSpec empirical;
  NormalSpec normal{};
};

struct LengthsSpec {
  LengthSpec prompt;
  LengthSpec output;  ///< where the model stops by itself
  /// Limit that the client sends; empty: the output length itself. Outputs are cut there.
  std::optional<std::int64_t> max_tokens;
};

enum class TraceFormat { Azure, Csv, Mooncake, Burstgpt, Lengths };
inline constexpr std::array<std::string_view, 5> kTraceFormatNames = {"azure", "csv", "mooncake",
                                                                      "burstgpt", "lengths"};

enum class TimeUnit { Seconds, Milliseconds, Timestamp };
inline constexpr std::array<std::string_view, 3> kTimeUnitNames = {"s", "ms", "timestamp"};

/// Names of the columns of a CSV trace or of the keys of a JSONL trace; what is absent has the
/// name that belongs to the format.
struct TraceColumns {
  std::optional<std::string> arrival{};
  std::optional<std::string> prompt_tokens{};
  std::optional<std::string> output_tokens{};
  std::optional<std::string> hash_ids{};
  std::optional<std::string> priority{};
  std::optional<TimeUnit> arrival_unit{};  ///< Timestamp: YYYY-MM-DD HH:MM:SS[.fraction]
};

/// Lines of a CSV trace that count: those with this text in this column.
struct TraceFilter {
  std::string column;
  std::string equals;
};

/// When the engine learns that a sequence ends: as its stop token comes, or beforehand, because it
/// ends at its max_tokens. Only asynchronous scheduling makes a difference between them.
enum class StopRule { Eos, MaxTokens };
inline constexpr std::array<std::string_view, 2> kStopRuleNames = {"eos", "max_tokens"};

/// Priorities drawn for requests; less is sooner (vLLM's `priority` of a request).
struct PrioritySpec {
  std::vector<std::int64_t> values;
  std::vector<double> weights;  ///< empty: all alike
};

/// A system prompt before each generated prompt, one for each group of requests.
struct SharedPrefixSpec {
  std::int64_t num_groups = 1;
  LengthSpec tokens;            ///< drawn once for each group
  std::vector<double> weights;  ///< how often each group comes; empty: all alike
};

struct ExponentialTimeSpec {
  Duration mean;
};

struct LognormalTimeSpec {
  Duration mean;
  Duration p99;
};

enum class ThinkTimeKind { Fixed, Exponential, Lognormal };
inline constexpr std::array<std::string_view, 3> kThinkTimeKindNames = {"fixed", "exponential",
                                                                        "lognormal"};

/// From an answer to the next turn's arrival: a person's thinking, or the run of an agent's tool.
struct ThinkTimeSpec {
  ThinkTimeKind kind = ThinkTimeKind::Fixed;
  Duration fixed;
  ExponentialTimeSpec exponential;
  LognormalTimeSpec lognormal;
};

/// Turns whose prompts grow: each has all messages and answers before it, then its own message.
struct ConversationSpec {
  LengthSpec turns;  ///< how many there are, not tokens
  ThinkTimeSpec think_time;
  std::optional<LengthSpec> follow_up;  ///< messages after the first; absent: lengths.prompt
};

/// Tokens of a block that one id of a trace stands for, where the study does not say: Mooncake's.
inline constexpr std::int64_t kMooncakeBlock = 512;  // Qin et al., FAST 2025; README of the traces

/// Either `trace` gives arrivals and lengths, or `lengths` with `arrivals` or `closed_loop`.
/// A trace beside `arrivals` or `closed_loop` gives the lengths only.
struct WorkloadSpec {
  std::optional<std::string> trace;  ///< path, relative to the study's folder
  TraceFormat format = TraceFormat::Csv;
  TraceColumns columns;
  std::optional<TraceFilter> where;
  double speedup = 1.0;                     ///< a trace replayed this many times faster
  std::optional<PerSecond> request_rate{};  ///< in place of speedup: the mean rate of the replay
  bool skip_bad_lines = false;
  std::optional<std::int64_t> hash_block_size;  ///< tokens of an id; absent: kMooncakeBlock
  std::int64_t repeat = 1;                      ///< times that a trace is read
  std::optional<ArrivalSpec> arrivals;
  std::optional<ClosedLoopSpec> closed_loop;
  std::optional<LengthsSpec> lengths;
  std::optional<SharedPrefixSpec> shared_prefix;
  std::optional<ConversationSpec> conversation;
  std::optional<PrioritySpec> priorities;  ///< absent: those of the trace, or all 0
  StopRule stop = StopRule::Eos;
  std::optional<std::int64_t> num_requests;  ///< absent with a trace or with stages: all of it
};

void describe(FieldVisitor& visitor, RateStage& stage);
void describe(FieldVisitor& visitor, ArrivalSpec& arrivals);
void describe(FieldVisitor& visitor, ClosedLoopSpec& closed_loop);
void describe(FieldVisitor& visitor, LognormalSpec& lognormal);
void describe(FieldVisitor& visitor, UniformSpec& uniform);
void describe(FieldVisitor& visitor, EmpiricalSpec& empirical);
void describe(FieldVisitor& visitor, NormalSpec& normal);
void describe(FieldVisitor& visitor, LengthSpec& length);
void describe(FieldVisitor& visitor, LengthsSpec& lengths);
void describe(FieldVisitor& visitor, SharedPrefixSpec& shared_prefix);
void describe(FieldVisitor& visitor, ExponentialTimeSpec& exponential);
void describe(FieldVisitor& visitor, LognormalTimeSpec& lognormal);
void describe(FieldVisitor& visitor, ThinkTimeSpec& think_time);
void describe(FieldVisitor& visitor, ConversationSpec& conversation);
void describe(FieldVisitor& visitor, TraceColumns& columns);
void describe(FieldVisitor& visitor, TraceFilter& filter);
void describe(FieldVisitor& visitor, PrioritySpec& priorities);
void describe(FieldVisitor& visitor, WorkloadSpec& workload);

}  // namespace kvsim::spec
