// What a plan found: one answer per question, every layout with its fate and the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/plan.hpp"

namespace kvsim::spec {

/// One of the study's limits, held against a simulation.
struct PlanLimit {
  std::string metric;  ///< "p99_ttft_ms"
  double limit_ms = 0;
  double value_ms = 0;
  double low_ms = 0,
         high_ms = 0;  ///< interval of value_ms at the plan's confidence; high may be infinite
  bool met = false;    ///< value_ms within limit_ms
  bool sure = false;   ///< the whole interval on one side of the limit
};

/// A layout at a number of replicas and a load, simulated.
struct PlanPoint {
  std::int64_t replicas = 0;
  std::int64_t gpus = 0;
  double load = 1;          ///< of the study's own
  double request_rate = 0;  ///< offered, requests/s; of a closed loop: served
  std::vector<PlanLimit> limits;
  bool overloaded = false;
  bool meets = false;               ///< the objective's condition
  bool sure = false;                ///< at the plan's confidence
  double attainment = 0;            ///< share of requests within every limit, each by itself
  double output_throughput = 0;     ///< tokens/s
  double tokens_per_gpu = 0;        ///< output tokens/s and GPU
  double interactivity = 0;         ///< tokens/s that the median user sees: 1/median TPOT
  double kv_cache_usage_max = 0;    ///< 0-1
  double hbm_utilization_busy = 0;  ///< 0-1
  std::string bound_by;             ///< "HBM bandwidth", "compute", ...
  std::optional<double> cost_per_hour;
  std::optional<double> cost_per_million_output;
  std::int64_t requests = 0;  ///< judged, after the warm-up
};

/// Winner: the answer. Meets: carries the traffic, but is not better. Rejected: simulated, and does
/// not where it would be better. Pruned: a bound says that it cannot be better; not simulated.
/// Refused: no number of replicas will do; not simulated.
enum class LayoutFate { Winner, Meets, Rejected, Pruned, Refused };
inline constexpr std::array<std::string_view, 5> kLayoutFateNames = {"winner", "meets", "rejected",
                                                                     "pruned", "refused"};

struct PlanLayout {
  std::vector<std::pair<std::string, std::string>> choice;  ///< searched key, value as written
  std::string gpu;                                          ///< its name
  std::int64_t gpus_per_replica = 0;
  LayoutFate fate = LayoutFate::Refused;
  std::string rule;    ///< that dropped it, in a word or two, to count by: "memory", "p99 TPOT"
  std::string reason;  ///< a sentence; empty for the winner
  std::int64_t least_replicas = 0;  ///< by the bound; 0: refused before it
  std::vector<PlanPoint> points;    ///< in the order of the simulations
  std::optional<std::size_t> best;  ///< of `points`: its best one that meets
  bool on_front = false;  ///< no other is better in GPUs or cost, tokens per GPU and interactivity
};

/// The winner's layout when something is not as the study says.
struct PlanSensitivity {
  std::string change;                    ///< "rate +20 %"
  std::optional<std::int64_t> replicas;  ///< that it takes then; absent: more than max_gpus
  std::optional<std::int64_t> gpus;
  double request_rate = 0;  ///< maximising: that it carries then
};

/// What the winner's level would be if prices and arrivals were drawn anew.
struct PlanDraws {
  std::int64_t draws = 0;
  std::int64_t meet = 0;        ///< of them, at the winner's own level
  std::int64_t meet_below = 0;  ///< of them, with one replica less
  /// Replicas (maximising: requests/s) at the plan's confidence. Infinite: four times the winner's
  /// do not do, perhaps no number does; maximising, 0: not even a seventh of its load.
  double low = 0, high = 0;
};

/// When nothing will do: the layout that comes nearest and what would mend it.
struct PlanMiss {
  std::size_t layout = 0;
  std::optional<std::size_t> point;   ///< of its points; absent: refused unseen
  std::vector<std::string> ways_out;  ///< each ends "it would do with ...": "128 GPUs"
};

/// How many replicas of the winner's layout each window of a rate that varies takes.
struct PlanHours {
  struct Hour {
    Duration start;
    double rate = 0;                       ///< requests/s
    std::optional<std::int64_t> replicas;  ///< absent: more than max_gpus; 0: nobody asks
  };
  Duration window;
  std::vector<Hour> hours;
};

struct PlanAnswer {
  std::string id;  ///< of the question
  std::string variant;
  std::vector<std::pair<std::string, std::string>> overrides;
  PlanSpec plan;
  std::vector<PlanLayout> layouts;    ///< in the order of the search
  std::optional<std::size_t> winner;  ///< of `layouts`
  std::optional<RunSpec> run;         ///< of the winner, at its replicas and load
  std::optional<PlanPoint> below;     ///< the winner with one replica less
  PlanDraws draws;
  std::vector<PlanSensitivity> sensitivity;
  std::optional<PlanHours> hours;  ///< of a rate that varies
  std::optional<PlanMiss> miss;    ///< when there is no winner
  std::int64_t simulations = 0;
  std::int64_t simulated_requests = 0;
};

}  // namespace kvsim::spec
