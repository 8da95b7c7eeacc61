// What queueing theory knows about servers that kvsim can be made into.
//
// Times are in steps of one sequence, rates per such step. Two kinds of answers:
//
//   textbook    continuous time: Pollaczek-Khinchine, Erlang C, GI/M/1, processor sharing, the
//   shorter
//               of two queues
//   by steps    the same server as kvsim has it: lengths are whole tokens, geometric; who comes
//   while
//               a step is under way waits for its end, even where a seat is free
//
// The second is a Markov chain over the starts of steps, solved without subtractions (Grassmann,
// Taksar, Heyman 1985, Operations Research 33:5), so it is exact but for rounding.
#pragma once

#include <cstdint>

namespace kvsim::test {

struct QueueMeans {
  double wait = 0;    ///< from arrival to the first step
  double stay = 0;    ///< from arrival to the last token
  double number = 0;  ///< in the system, over time
};

/// M/G/1, first come first served. Requires: rate · mean < 1.
[[nodiscard]] QueueMeans pollaczek_khinchine(double rate, double mean, double mean_square);

/// M/M/c.
[[nodiscard]] QueueMeans erlang_c(double rate, double mean, std::int64_t servers);

/// GI/M/1 where every `deal`-th of the Poisson arrivals of `rate` comes here: Erlang gaps.
[[nodiscard]] QueueMeans erlang_gaps(double rate, double mean, std::int64_t deal);

/// Two M/M/1 with one stream of arrivals of `rate`: each goes where fewer are. From the chain over
/// both numbers, below `most` each. The number is that of one server.
[[nodiscard]] QueueMeans shorter_of_two(double rate, double mean, std::size_t most);

/// M/G/1 with processor sharing: the mean stay of a request of `length`, whatever the others are.
[[nodiscard]] double shared_stay(double load, double length);

struct StepServer {
  double rate = 0;         ///< of Poisson arrivals
  std::int64_t deal = 1;   ///< every so many-th of them comes here
  std::int64_t seats = 1;  ///< sequences in a step at most
  double mean_tokens = 1;  ///< of geometric lengths: 1, 2, ...
  bool is_shared = false;  ///< a step takes 1 per sequence in it, else 1
  std::int64_t most = 0;   ///< requests in the system: beyond, probability is taken for nothing
};
[[nodiscard]] QueueMeans by_steps(const StepServer& server);

}  // namespace kvsim::test
