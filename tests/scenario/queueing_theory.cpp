#include "tests/scenario/queueing_theory.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kvsim::test {
namespace {

using Row = std::vector<double>;

QueueMeans by_little(double rate, double wait, double mean) {
  return {wait, wait + mean, rate * (wait + mean)};
}

// P(0), P(1), ... until what is left is nothing.
Row poisson(double mean) {
  Row row{std::exp(-mean)};
  for (double left = 1 - row[0]; left > 1e-16 && row.back() > 1e-30; left -= row.back()) {
    row.push_back(row.back() * mean / static_cast<double>(row.size()));
  }
  return row;
}

Row binomial(std::int64_t trials, double chance) {
  Row row{std::pow(1 - chance, static_cast<double>(trials))};
  for (std::int64_t k = 1; k <= trials; ++k) {
    row.push_back(row.back() * static_cast<double>(trials - k + 1) / static_cast<double>(k) *
                  chance / (1 - chance));
  }
  return row;
}

// The stationary distribution of a chain: states are taken out from the last to the second.
Row stationary(std::vector<Row> chain) {
  for (std::size_t n = chain.size() - 1; n > 0; --n) {
    double out = 0;
    for (std::size_t j = 0; j < n; ++j) {
      out += chain[n][j];
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (chain[i][n] == 0) {
        continue;
      }
      chain[i][n] /= out;
      for (std::size_t j = 0; j < n; ++j) {
        chain[i][j] += chain[i][n] * chain[n][j];
      }
    }
  }
  Row share{1};
  for (std::size_t n = 1; n < chain.size(); ++n) {
    double in = 0;
    for (std::size_t i = 0; i < n; ++i) {
      in += share[i] * chain[i][n];
    }
    share.push_back(in);
  }
  return share;
}

// The state is the number of arrivals that this server has still to do with: `deal` for each
// request that is here, and those since the last that came here.
class StepChain {
 public:
  explicit StepChain(const StepServer& server) : server_(server) {}

  // Over a step from each state, with the idle time behind it: weighted by how often it begins.
  QueueMeans means() {
    const auto states = static_cast<std::size_t>(server_.deal * (server_.most - 1) + 1);
    chain_.assign(states, Row(states, 0));
    for (std::size_t state = 0; state < states; ++state) {
      leave(state);
    }
    const Row share = stationary(chain_);
    double time = 0;
    double number = 0;
    double waiting = 0;
    for (std::size_t state = 0; state < states; ++state) {
      time += share[state] * time_[state];
      number += share[state] * number_[state];
      waiting += share[state] * waiting_[state];
    }
    const double rate = server_.rate / static_cast<double>(server_.deal);
    return {waiting / time / rate, number / time / rate, number / time};
  }

 private:
  // Requests here at the start of a step: at least one.
  void leave(std::size_t state) {
    const std::int64_t arrivals = server_.deal + static_cast<std::int64_t>(state);
    const std::int64_t busy = std::min(arrivals / server_.deal, server_.seats);
    const double step = server_.is_shared ? static_cast<double>(busy) : 1;
    const Row coming = poisson(server_.rate * step);
    const Row ending = binomial(busy, 1 / server_.mean_tokens);
    double idle = 0;
    for (std::size_t j = 0; j < coming.size(); ++j) {
      for (std::size_t b = 0; b < ending.size(); ++b) {
        idle += go(state, arrivals + static_cast<std::int64_t>(j),
                   server_.deal * static_cast<std::int64_t>(b), coming[j] * ending[b]);
      }
    }
    const double here = number_during(arrivals, coming);
    time_.push_back(step + idle);
    number_.push_back(here);
    waiting_.push_back(here - static_cast<double>(busy) * step);
  }

  // Idle time times its probability.
  double go(std::size_t from, std::int64_t arrivals, std::int64_t gone, double chance) {
    const std::int64_t left = arrivals - gone;
    const std::int64_t next = std::max(left, server_.deal);
    const auto to = static_cast<std::size_t>(next - server_.deal);
    chain_[from][std::min(to, chain_.size() - 1)] += chance;
    return chance * static_cast<double>(next - left) / server_.rate;
  }

  // Integral over a step: j arrivals have come for P(more than j come) / rate of it.
  [[nodiscard]] double number_during(std::int64_t arrivals, const Row& coming) const {
    double sum = 0;
    double more = 0;
    for (std::size_t j = coming.size(); j-- > 0;) {
      sum += more * static_cast<double>((arrivals + static_cast<std::int64_t>(j)) / server_.deal);
      more += coming[j];
    }
    return sum / server_.rate;
  }

  StepServer server_;
  std::vector<Row> chain_;
  Row time_, number_, waiting_;
};

}  // namespace

// W = λ·E[S²] / (2·(1 - ρ))
QueueMeans pollaczek_khinchine(double rate, double mean, double mean_square) {
  return by_little(rate, rate * mean_square / 2 / (1 - rate * mean), mean);
}

// Erlang's loss by its recursion B(k) = a·B(k-1) / (k + a·B(k-1)); who waits: C = B / (1 - ρ(1 -
// B)); W = C·S / (c - a)
QueueMeans erlang_c(double rate, double mean, std::int64_t servers) {
  const double offered = rate * mean;
  double loss = 1;
  for (std::int64_t k = 1; k <= servers; ++k) {
    loss = offered * loss / (static_cast<double>(k) + offered * loss);
  }
  const auto c = static_cast<double>(servers);
  const double waits = loss / (1 - offered / c * (1 - loss));
  return by_little(rate, waits * mean / (c - offered), mean);
}

// σ = (Λ / (Λ + μ(1 - σ)))^r by iteration from 0, which climbs to the root below 1; W = S·σ/(1 - σ)
QueueMeans erlang_gaps(double rate, double mean, std::int64_t deal) {
  double sigma = 0;
  for (int i = 0; i < 10'000; ++i) {
    sigma = std::pow(rate / (rate + (1 - sigma) / mean), static_cast<double>(deal));
  }
  return by_little(rate / static_cast<double>(deal), mean * sigma / (1 - sigma), mean);
}

// Numbers (a, b) are state a·most + b. Where both are alike the first gets the next.
QueueMeans shorter_of_two(double rate, double mean, std::size_t most) {
  std::vector<Row> rates(most * most, Row(most * most, 0));
  for (std::size_t a = 0; a < most; ++a) {
    for (std::size_t b = 0; b < most; ++b) {
      Row& from = rates[a * most + b];
      const std::size_t state = a * most + b;
      if (a <= b && a + 1 < most) {
        from[state + most] = rate;
      } else if (b < a) {
        from[state + 1] = rate;
      }
      if (a > 0) {
        from[state - most] = 1 / mean;
      }
      if (b > 0) {
        from[state - 1] = 1 / mean;
      }
    }
  }
  const Row share = stationary(std::move(rates));
  double all = 0;
  double number = 0;
  for (std::size_t state = 0; state < share.size(); ++state) {
    all += share[state];
    number += share[state] * static_cast<double>(state / most + state % most);
  }
  const double stay = number / all / rate;
  return {stay - mean, stay, number / all / 2};
}

double shared_stay(double load, double length) { return length / (1 - load); }

QueueMeans by_steps(const StepServer& server) { return StepChain(server).means(); }

}  // namespace kvsim::test
