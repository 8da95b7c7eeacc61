// Does the queue grow? Waiting requests as arrivals find them, thinned to a bounded sample.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::cluster {

class QueueTrend {
 public:
  /// `begins`: not a later turn of a conversation, which waited for an answer.
  void at_arrival(std::int64_t waiting, bool begins = true) {
    if (arrivals_ == next_) {
      keep(waiting);
    }
    ++arrivals_;
    begun_ = begins ? arrivals_ : begun_;
  }

  /// With W2 and W3 the mean queue in the second and last third of the arrivals and n the most
  /// sequences that ran at once:
  ///   stable      W3 is at most 5 % of n (or 1), or it was empty within the last third
  ///   overloaded  else, and W3 > 1.25 · W2: it grows with the length of the run
  ///   backlogged  else; always instead of overloaded when the queue cannot grow for ever, as in
  ///               a closed loop or with everything queued at once
  /// Once no conversation begins any more, their later turns come no faster than answers do and a
  /// queue melts, however overloaded the server was. So where the queue can grow for ever the
  /// arrivals up to the last beginning are judged as well, and the worse verdict counts.
  [[nodiscard]] spec::Stability classify(std::int64_t max_running, bool open_ended) const;

 private:
  void keep(std::int64_t waiting);
  [[nodiscard]] spec::Stability verdict(std::size_t samples, std::int64_t max_running,
                                        bool open_ended) const;

  static constexpr std::size_t kMostSamples = 4096;
  std::vector<std::int64_t> samples_;
  std::int64_t stride_ = 1;
  std::int64_t arrivals_ = 0;
  std::int64_t begun_ = 0;  ///< arrivals up to the last that began something
  std::int64_t next_ = 0;   ///< arrival to be sampled, a multiple of stride_
};

}  // namespace kvsim::cluster
