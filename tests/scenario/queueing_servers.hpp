// kvsim made into servers that queueing theory knows, and what comes out when they are simulated.
//
// A GPU without price and a host that takes 1 ms: for a step, or for each sequence in it. A prompt
// has one token, so a request of L tokens takes L steps.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/spec/study.hpp"
#include "tests/scenario/queueing_theory.hpp"

namespace kvsim::test {

/// A number that theory knows. Times in ms.
struct Known {
  std::string name;
  std::optional<double> textbook;  ///< in continuous time
  std::optional<double> by_steps;  ///< exact
  std::string remark;
  /// The last of them that there is.
  [[nodiscard]] double theory() const { return by_steps ? *by_steps : textbook.value(); }
};

/// What a replication measures.
enum class Quantity { Wait, Stay, Number, StayOfShort, StayOfLong };

struct QueueServer {
  std::string name;
  double load = 0;
  spec::RunSpec run;
  bool is_shared = false;  ///< the host takes 1 ms for each sequence
  std::vector<std::pair<Quantity, Known>> known;
};

/// How many times as long the runs are as in a test: KVSIM_QUEUEING_LENGTH.
[[nodiscard]] std::int64_t queueing_length();

/// Makes one; solving its chain may take a while.
using ServerMaker = std::function<QueueServer()>;
[[nodiscard]] const std::vector<ServerMaker>& queue_servers();

/// One seat, answers of 200 tokens: geometric, or all of them. The load is below 1.
[[nodiscard]] QueueServer m_m_1(double load);
[[nodiscard]] QueueServer m_d_1(double load);

/// Everything costs nothing but the host.
[[nodiscard]] std::vector<spec::CardSpec> cards_of(const QueueServer& server);

/// Mean over replications and what it can be off by.
struct Estimate {
  double mean = 0;
  double error = 0;  ///< standard error of the mean
};
inline constexpr std::int64_t kReplications = 20;

/// One for each of server.known. Replications have seeds from `first_seed` on.
///
/// Warm-up: the first tenth of each one's requests is dropped, and a mean over time begins with the
/// arrival of the next and ends with the last arrival. M/M/1 forgets how it began within
/// S/(1 - √ρ)², at ρ = 0.9 in 340 arrivals; a tenth is 5000 there.
[[nodiscard]] std::vector<Estimate> simulate_server(const QueueServer& server,
                                                    std::uint64_t first_seed);

}  // namespace kvsim::test
