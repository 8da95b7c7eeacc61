// What a request's tokens are, as far as requests may have them in common: no token ids, but a
// chain of stretches, each with an id. Two requests share the tokens of their first k stretches if
// those are equal, one by one, in id and length. A stretch is whatever is repeated as a whole: a
// block of a trace (Mooncake: 512 tokens), a system prompt, a turn of a conversation, an answer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace kvsim::spec {

struct Stretch {
  std::uint64_t id = 0;
  std::int64_t tokens = 0;  ///< positive
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

struct PromptContent {
  std::vector<Stretch> stretches;  ///< of the prompt, then of the answer; all tokens of both
  bool answer_returns = false;     ///< a later prompt may contain the answer
  friend bool operator==(const PromptContent&, const PromptContent&) = default;
};

/// Null: nothing is known, so no other request has anything in common with it.
using Content = std::shared_ptr<const PromptContent>;

/// Ids of what one request has alone carry this bit; `request` is its id. A trace's own ids may
/// carry it too: to be taken for one another they would need equal lengths behind equal prefixes.
inline constexpr std::uint64_t kPrivateStretch = std::uint64_t{1} << 63;
[[nodiscard]] constexpr std::uint64_t private_stretch(std::int64_t request) {
  return kPrivateStretch | static_cast<std::uint64_t>(request);
}

}  // namespace kvsim::spec
