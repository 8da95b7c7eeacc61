#include "sim/workload/conversation_source.hpp"

#include <algorithm>

#include "sim/workload/limits.hpp"
#include "sim/workload/stretch_ids.hpp"

namespace kvsim::workload {

ConversationSource::ConversationSource(const spec::WorkloadSpec& workload, std::uint64_t seed)
    : turns_(workload.conversation->turns),
      prompt_(workload.lengths->prompt),
      follow_up_(workload.conversation->follow_up.value_or(workload.lengths->prompt)),
      output_(workload.lengths->output),
      think_time_(workload.conversation->think_time),
      max_tokens_(workload.lengths->max_tokens),
      turns_stream_(Rng::stream("conversation_turns", seed)),
      prompt_stream_(Rng::stream("prompt_lengths", seed)),
      output_stream_(Rng::stream("output_lengths", seed)),
      think_stream_(Rng::stream("think_times", seed)),
      turns_left_(workload.num_requests) {
  if (workload.arrivals) {
    arrivals_.emplace(*workload.arrivals, seed);
  }
  if (workload.shared_prefix) {
    prefixes_.emplace(*workload.shared_prefix, seed);
  }
  if (workload.priorities) {
    priorities_.emplace(*workload.priorities, seed);
  }
}

std::optional<Request> ConversationSource::next() {
  if (turns_left_ == 0) {
    return std::nullopt;
  }
  const std::optional<SimTime> arrival = arrivals_ ? arrivals_->next() : SimTime();
  return arrival ? std::optional(take_turn(begin(), *arrival)) : std::nullopt;
}

std::optional<Request> ConversationSource::after(RequestId finished, SimTime now) {
  auto waiting = waiting_.extract(finished.value());
  if (waiting.empty()) {
    return std::nullopt;
  }
  Conversation& conversation = waiting.mapped();
  const double share = think_stream_.uniform(turn_item(conversation.number, conversation.turn));
  return take_turn(std::move(conversation), now + think_time_.at(share));
}

void ConversationSource::refused(RequestId request) { waiting_.erase(request.value()); }

// The last conversation is cut where the requests are as many as were asked for.
ConversationSource::Conversation ConversationSource::begin() {
  Conversation fresh{.number = conversations_++};
  const auto item = static_cast<std::uint64_t>(fresh.number);
  fresh.turns = std::min(turns_.at(turns_stream_.uniform(item)), kMostTurns);
  if (turns_left_) {
    fresh.turns = std::min(fresh.turns, *turns_left_);
    *turns_left_ -= fresh.turns;
  }
  if (priorities_) {
    fresh.priority = priorities_->of(fresh.number);
  }
  if (prefixes_) {
    fresh.said.push_back(prefixes_->of(fresh.number));
    fresh.tokens = fresh.said.back().tokens;
  }
  return fresh;
}

// Cut at kLongestRequest, so that a million of them fit into 64 bits.
std::int64_t ConversationSource::draw_message(const Conversation& conversation) const {
  const double share = prompt_stream_.uniform(turn_item(conversation.number, conversation.turn));
  return std::min((conversation.turn == 0 ? prompt_ : follow_up_).at(share), kLongestRequest);
}

Request ConversationSource::take_turn(Conversation conversation, SimTime arrival) {
  const std::int64_t number = conversation.number;
  const std::int64_t turn = conversation.turn;
  const std::int64_t message = draw_message(conversation);
  const std::int64_t drawn_output =
      std::min(output_.at(output_stream_.uniform(turn_item(number, turn))), kLongestRequest);
  Request request{.id = RequestId(requests_++),
                  .arrival = arrival,
                  .prompt_tokens = conversation.tokens + message,
                  .output_tokens = std::min(drawn_output, max_tokens_.value_or(drawn_output)),
                  .max_tokens = max_tokens_.value_or(drawn_output),
                  .priority = conversation.priority};
  conversation.said.push_back({message_stretch(number, turn), message});
  conversation.said.push_back({answer_stretch(number, turn), request.output_tokens});
  conversation.tokens = request.prompt_tokens + request.output_tokens;
  const bool goes_on = ++conversation.turn < conversation.turns;
  request.content = std::make_shared<const spec::PromptContent>(
      spec::PromptContent{.stretches = conversation.said, .answer_returns = goes_on});
  if (goes_on) {
    waiting_.emplace(request.id.value(), std::move(conversation));
  }
  return request;
}

}  // namespace kvsim::workload
