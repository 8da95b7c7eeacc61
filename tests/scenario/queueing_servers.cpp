#include "tests/scenario/queueing_servers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "recorder.hpp"
#include "shapes.hpp"

namespace kvsim::test {
namespace {

using enum Quantity;

constexpr std::int64_t kShort = 500;  // of the mixture: three of four
constexpr std::int64_t kLong = 2500;

// Mean and mean of the square, of lengths as they are drawn.
struct Moments {
  double mean = 0;
  double square = 0;
};

Moments moments(const spec::EmpiricalSpec& lengths) {
  Moments sums;
  double total = 0;
  for (std::size_t i = 0; i < lengths.tokens.size(); ++i) {
    const auto length = static_cast<double>(lengths.tokens[i]);
    total += lengths.weights[i];
    sums.mean += lengths.weights[i] * length;
    sums.square += lengths.weights[i] * length * length;
  }
  return {sums.mean / total, sums.square / total};
}

spec::LengthSpec weighted(spec::EmpiricalSpec empirical) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Empirical;
  length.empirical = std::move(empirical);
  return length;
}

// 1, 2, ... with chances p, p(1-p), ...: cut where e^-30 is left.
spec::LengthSpec geometric(std::int64_t mean) {
  spec::EmpiricalSpec lengths;
  double weight = 1;
  for (std::int64_t tokens = 1; tokens <= 30 * mean; ++tokens) {
    lengths.tokens.push_back(tokens);
    lengths.weights.push_back(weight);
    weight *= 1 - 1 / static_cast<double>(mean);
  }
  return weighted(std::move(lengths));
}

spec::LengthSpec mixture() { return weighted({{kShort, kLong}, {3, 1}}); }

// Requests of a replication. At 0.8 the intervals have to be narrow.
std::int64_t requests_at(double load) {
  return queueing_length() * (load == 0.8 ? 60'000 : load > 0.8 ? 50'000 : 10'000);
}

// A GPU that costs nothing: less than half an attosecond for all that a step reads and computes.
spec::RunSpec bare_run(double per_second, const spec::LengthSpec& output, double load) {
  spec::RunSpec run = tiny_run(requests_at(load), 1, 1);
  run.cluster.gpu.hbm.bandwidth = BytesPerSecond(1e30);
  run.cluster.gpu.peak.bf16 = FlopsPerSecond(1e36);
  run.engine.async_scheduling = false;
  run.engine.max_model_len = 1 << 17;
  run.workload.lengths->output = output;
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(per_second), 1};
  return run;
}

using Knowledge = std::vector<std::pair<Quantity, Known>>;

Knowledge wait_and_number(const std::optional<QueueMeans>& textbook,
                          const std::optional<QueueMeans>& by_steps, const std::string& remark) {
  const auto pick = [](const auto& means, double QueueMeans::*member) {
    return means ? std::optional((*means).*member) : std::nullopt;
  };
  return {{Wait,
           {"mean wait, ms", pick(textbook, &QueueMeans::wait), pick(by_steps, &QueueMeans::wait),
            remark}},
          {Number,
           {"mean number", pick(textbook, &QueueMeans::number), pick(by_steps, &QueueMeans::number),
            remark}}};
}

constexpr std::int64_t kTokens = 200;  // mean, but where sequences share
constexpr std::int64_t kSharedTokens = 1000;
const double kMean = static_cast<double>(kTokens);

}  // namespace

// Exponential service: E[S²] = 2·m². Geometric: m²·(2 - 1/m).
QueueServer m_m_1(double load) {
  const double rate = load / kMean;
  QueueServer server{"M/M/1", load, bare_run(rate * 1e3, geometric(kTokens), load), false, {}};
  server.run.engine.max_num_seqs = 1;
  const Moments drawn = moments(server.run.workload.lengths->output.empirical);
  server.known =
      wait_and_number(pollaczek_khinchine(rate, kMean, 2 * kMean * kMean),
                      pollaczek_khinchine(rate, drawn.mean, drawn.square), "whole tokens");
  return server;
}

// E[S²] = m²; nothing here is discrete.
QueueServer m_d_1(double load) {
  const double rate = load / kMean;
  QueueServer server{"M/D/1", load, bare_run(rate * 1e3, fixed(kTokens), load), false, {}};
  server.run.engine.max_num_seqs = 1;
  const QueueMeans exact = pollaczek_khinchine(rate, kMean, kMean * kMean);
  server.known = wait_and_number(exact, exact, "");
  return server;
}

namespace {

// Asynchronous scheduling learns of an end a step late: the seat computes a token that nobody
// wants, so it is taken for L + 1 steps, and the answer is complete after L. Short lengths, so that
// a step more is 5 %. E[(L + 1)²] = E[L²] + 2·m + 1.
QueueServer m_m_1_late(double load) {
  constexpr std::int64_t kFew = 20;
  const auto mean = static_cast<double>(kFew);
  const double rate = load / (mean + 1);
  QueueServer server{
      "M/M/1, ends seen late", load, bare_run(rate * 1e3, geometric(kFew), load), false, {}};
  server.run.engine.max_num_seqs = 1;
  server.run.engine.async_scheduling = true;
  const Moments drawn = moments(server.run.workload.lengths->output.empirical);
  QueueMeans exact = pollaczek_khinchine(rate, drawn.mean + 1, drawn.square + 2 * drawn.mean + 1);
  exact.number -= rate;  // who has the whole answer is not in the system, though the seat is taken
  server.known = wait_and_number(pollaczek_khinchine(rate, mean, 2 * mean * mean), exact,
                                 "20 tokens, and asynchronous scheduling takes the seat for 21");
  return server;
}

QueueServer m_m_c(double load, std::int64_t seats) {
  const double rate = load * static_cast<double>(seats) / kMean;
  QueueServer server{fmt::format("M/M/{}", seats),
                     load,
                     bare_run(rate * 1e3, geometric(kTokens), load),
                     false,
                     {}};
  server.run.engine.max_num_seqs = seats;
  if (load == 0.8) {  // the more seats, the fewer wait, and the harder is their mean to come by
    *server.run.workload.num_requests *= seats > 4 ? 4 : 2;
  }
  server.known =
      wait_and_number(erlang_c(rate, kMean, seats),
                      by_steps({.rate = rate, .seats = seats, .mean_tokens = kMean, .most = 300}),
                      "a free seat is taken when the step under way ends");
  return server;
}

// Poisson arrivals dealt out in turn: each replica's gaps are the sum of four.
QueueServer in_turn(double load) {
  constexpr std::int64_t kReplicas = 4;
  const double rate = load * static_cast<double>(kReplicas) / kMean;
  QueueServer server{"E4/M/1, 4 replicas in turn",
                     load,
                     bare_run(rate * 1e3, geometric(kTokens), load),
                     false,
                     {}};
  server.run.engine.max_num_seqs = 1;
  server.run.cluster.replicas = kReplicas;
  server.run.cluster.router = spec::Router::RoundRobin;
  server.known = wait_and_number(
      erlang_gaps(rate, kMean, kReplicas),
      by_steps({.rate = rate, .deal = kReplicas, .mean_tokens = kMean, .most = 100}),
      "whole tokens");
  return server;
}

// Lengths of a thousand tokens are all but exponential: their variance lacks a thousandth.
QueueServer to_the_shorter(double load) {
  const auto mean = static_cast<double>(kSharedTokens);
  const double rate = load * 2 / mean;
  QueueServer server{"M/M/1 twice, least outstanding",
                     load,
                     bare_run(rate * 1e3, geometric(kSharedTokens), load),
                     false,
                     {}};
  server.run.engine.max_num_seqs = 1;
  server.run.cluster.replicas = 2;
  server.run.cluster.router = spec::Router::LeastOutstanding;
  server.known =
      wait_and_number(shorter_of_two(rate, mean, 40), std::nullopt, "limit of short steps");
  return server;
}

QueueServer shared(const std::string& lengths, const spec::LengthSpec& output, double load) {
  const auto mean = static_cast<double>(kSharedTokens);
  const double rate = load / mean;
  QueueServer server{"M/G/1-PS, " + lengths, load, bare_run(rate * 1e3, output, load), true, {}};
  const double stay = shared_stay(load, mean);
  server.known = {{Stay, {"mean stay, ms", stay, std::nullopt, "limit of short steps"}},
                  {Number, {"mean number", rate * stay, std::nullopt, "limit of short steps"}}};
  return server;
}

QueueServer shared_geometric(double load) {
  QueueServer server = shared("geometric", geometric(kSharedTokens), load);
  const auto mean = static_cast<double>(kSharedTokens);
  const QueueMeans exact = by_steps(
      {.rate = load / mean, .seats = 1024, .mean_tokens = mean, .is_shared = true, .most = 300});
  server.known[0].second.by_steps = exact.stay;
  server.known[1].second.by_steps = exact.number;
  for (auto& [quantity, known] : server.known) {
    known.remark = "who comes waits for the step under way";
  }
  return server;
}

QueueServer shared_mixture(double load) {
  QueueServer server = shared("500 or 2500 tokens", mixture(), load);
  const auto of_length = [&](Quantity quantity, std::int64_t length) {
    server.known.push_back(
        {quantity,
         {fmt::format("stay of {} tokens, ms", length),
          shared_stay(load, static_cast<double>(length)), std::nullopt, "limit of short steps"}});
  };
  of_length(StayOfShort, kShort);
  of_length(StayOfLong, kLong);
  return server;
}

std::vector<ServerMaker> list_servers() {
  std::vector<ServerMaker> servers;
  const auto add = [&](const std::vector<double>& loads, const auto& make) {
    for (const double load : loads) {
      servers.push_back([=] { return make(load); });
    }
  };
  const std::vector<double> loads = {0.3, 0.6, 0.8, 0.9};
  const std::vector<double> fewer = {0.6, 0.8};
  add(loads, m_m_1);
  add(loads, m_d_1);
  add(loads, [](double load) { return m_m_c(load, 4); });
  add(loads, [](double load) { return m_m_c(load, 16); });
  add(fewer, m_m_1_late);
  add(fewer, in_turn);
  add(fewer, to_the_shorter);
  add(fewer, [](double load) { return shared("fixed", fixed(kSharedTokens), load); });
  add(fewer, shared_geometric);
  add(fewer, shared_mixture);
  return servers;
}

double milliseconds(Duration duration) { return to_seconds(duration).value() * 1e3; }

// Requests of one replication, those before the first that counts apart.
class Replication {
 public:
  Replication(const QueueServer& server, std::uint64_t seed)
      : replicas_(server.run.cluster.replicas) {
    spec::RunSpec run = server.run;
    run.seed = seed;
    Recorder recorder;
    static_cast<void>(simulate(run, cards_of(server), recorder));
    records_ = std::move(recorder.records);
    first_ = *run.workload.num_requests / 10;
    find_window();
  }

  [[nodiscard]] double measure(Quantity quantity) const {
    switch (quantity) {
      case Wait:
        return mean([](const auto& record) { return record.queue; });
      case Stay:
        return mean([](const auto& record) { return record.e2el; });
      case StayOfShort:
        return mean([](const auto& record) { return record.e2el; }, kShort);
      case StayOfLong:
        return mean([](const auto& record) { return record.e2el; }, kLong);
      case Number:
        return number();
    }
    return 0;
  }

 private:
  void find_window() {
    from_ = SimTime::never();
    for (const spec::RequestRecord& record : records_) {
      if (record.id.value() >= first_) {
        from_ = std::min(from_, record.arrival);
        until_ = std::max(until_, record.arrival);
      }
    }
  }

  template <typename Part>
  [[nodiscard]] double mean(Part part, std::int64_t of_length = 0) const {
    double sum = 0;
    std::int64_t count = 0;
    for (const spec::RequestRecord& record : records_) {
      if (record.id.value() >= first_ && (of_length == 0 || record.output_tokens == of_length)) {
        sum += milliseconds(part(record));
        ++count;
      }
    }
    return sum / static_cast<double>(count);
  }

  // Per replica: what all stays have in common with the window, over its length.
  [[nodiscard]] double number() const {
    double sum = 0;
    for (const spec::RequestRecord& record : records_) {
      const SimTime begin = std::max(record.arrival, from_);
      const SimTime end = std::min(record.arrival + record.e2el, until_);
      sum += begin < end ? milliseconds(end - begin) : 0;
    }
    return sum / milliseconds(until_ - from_) / static_cast<double>(replicas_);
  }

  std::int64_t replicas_;
  std::vector<spec::RequestRecord> records_;
  std::int64_t first_ = 0;
  SimTime from_;
  SimTime until_;
};

Estimate estimate(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) {
    mean += value / count;
  }
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return {mean, std::sqrt(squares / (count - 1) / count)};
}

}  // namespace

std::int64_t queueing_length() {
  const char* times = std::getenv("KVSIM_QUEUEING_LENGTH");
  return times == nullptr ? 1 : std::max(1, std::atoi(times));
}

const std::vector<ServerMaker>& queue_servers() {
  static const std::vector<ServerMaker> servers = list_servers();
  return servers;
}

std::vector<spec::CardSpec> cards_of(const QueueServer& server) {
  std::vector<spec::CardSpec> cards = millisecond_steps();
  if (server.is_shared) {
    cards.back() = host_card(0, 0, 1000);
  }
  return cards;
}

std::vector<Estimate> simulate_server(const QueueServer& server, std::uint64_t first_seed) {
  std::vector<std::vector<double>> values(server.known.size());
  for (std::int64_t i = 0; i < kReplications; ++i) {
    const Replication replication(server, first_seed + static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k].push_back(replication.measure(server.known[k].first));
    }
  }
  std::vector<Estimate> estimates;
  std::transform(values.begin(), values.end(), std::back_inserter(estimates), estimate);
  return estimates;
}

}  // namespace kvsim::test
