// Requests that are turns of conversations: next() begins one, after() goes on with it.
//
//   prompt of turn k   = system prompt + messages and answers of turns 0 to k-1 + message k
//   arrival of turn k  = answer of turn k-1 + think time
//
// Draws depend on the number of the conversation and of the turn, never on the order in which
// things happen: conversation c uses item c of "conversation_turns", "shared_prefix_groups" and
// "priorities" (one for all of its turns), turn t of it item turn_item(c, t) of "prompt_lengths",
// "output_lengths" and "think_times". So two variants of a study see the same conversations.
#pragma once

#include <unordered_map>
#include <vector>

#include "sim/workload/arrivals.hpp"
#include "sim/workload/lengths.hpp"
#include "sim/workload/prioritized_source.hpp"
#include "sim/workload/request_source.hpp"
#include "sim/workload/shared_prefixes.hpp"
#include "sim/workload/think_times.hpp"

namespace kvsim::workload {

class ConversationSource final : public RequestSource {
 public:
  /// Requires: workload has lengths and conversation, and num_requests or stages of arrivals.
  ConversationSource(const spec::WorkloadSpec& workload, std::uint64_t seed);

  [[nodiscard]] std::optional<Request> next() override;
  [[nodiscard]] std::optional<Request> after(RequestId finished, SimTime now) override;
  void refused(RequestId request) override;

 private:
  struct Conversation {
    std::int64_t number = 0;
    std::int64_t turns = 0;
    std::int64_t priority = 0;
    std::int64_t turn = 0;              ///< that comes next
    std::int64_t tokens = 0;            ///< of all that was said
    std::vector<spec::Stretch> said{};  ///< its stretches
  };

  [[nodiscard]] Conversation begin();
  [[nodiscard]] Request take_turn(Conversation conversation, SimTime arrival);
  [[nodiscard]] std::int64_t draw_message(const Conversation& conversation) const;

  std::optional<ArrivalTimes> arrivals_;  ///< of first turns; empty: closed loop
  LengthSampler turns_;
  LengthSampler prompt_;
  LengthSampler follow_up_;
  LengthSampler output_;
  ThinkTimes think_time_;
  std::optional<std::int64_t> max_tokens_;
  std::optional<SharedPrefixes> prefixes_;
  std::optional<PriorityDraws> priorities_;
  Rng turns_stream_;
  Rng prompt_stream_;
  Rng output_stream_;
  Rng think_stream_;
  std::optional<std::int64_t> turns_left_;  ///< that may still be begun; empty: as many as come
  std::int64_t conversations_ = 0;
  std::int64_t requests_ = 0;
  std::unordered_map<std::int64_t, Conversation> waiting_;  ///< by the request they wait for
};

}  // namespace kvsim::workload
