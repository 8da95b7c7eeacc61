// Ids of the stretches that generated prompts have in common, and of a trace's blocks when it is
// read again. None has bit 63, so none is a private stretch.
//
//   bits 61, 62   0: the system prompt of a group, 1: a message, 2: an answer
//   bits 20-60    the conversation        bits 0-19   its turn
#pragma once

#include "sim/spec/prompt_content.hpp"

namespace kvsim::workload {

inline constexpr int kTurnBits = 20;
inline constexpr std::int64_t kMostTurns = 1'000'000;  ///< below 2^kTurnBits

/// A number of its own for each turn: also the item of the streams that its draws come from.
[[nodiscard]] constexpr std::uint64_t turn_item(std::int64_t conversation, std::int64_t turn) {
  return static_cast<std::uint64_t>(conversation) << kTurnBits | static_cast<std::uint64_t>(turn);
}
[[nodiscard]] constexpr std::uint64_t group_stretch(std::int64_t group) {
  return static_cast<std::uint64_t>(group);
}
[[nodiscard]] constexpr std::uint64_t message_stretch(std::int64_t conversation,
                                                      std::int64_t turn) {
  return std::uint64_t{1} << 61 | turn_item(conversation, turn);
}
[[nodiscard]] constexpr std::uint64_t answer_stretch(std::int64_t conversation, std::int64_t turn) {
  return std::uint64_t{2} << 61 | turn_item(conversation, turn);
}

/// One to one: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// The id in pass `pass` of a repeated trace: the trace's own in the first one (0), in every other
/// a different one. Two ids of 63 bits meet by chance: among 10^7 with a probability of 5e-6.
[[nodiscard]] constexpr std::uint64_t stretch_of_pass(std::uint64_t id, std::int64_t pass) {
  if (pass == 0) {
    return id;
  }
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, as in SplitMix64
  return mixed(id + static_cast<std::uint64_t>(pass) * kGolden) & ~spec::kPrivateStretch;
}

}  // namespace kvsim::workload
