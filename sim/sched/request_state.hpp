// What a scheduler may know of a request.
#pragma once

#include <compare>
#include <cstdint>

#include "sim/memory/kv_manager.hpp"
#include "sim/spec/prompt_content.hpp"

namespace kvsim::sched {

/// Less is sooner. vLLM compares arrival times; here the replica counts arrivals, so none are
/// equal.
struct Rank {
  std::int64_t priority = 0;
  std::int64_t arrival = 0;
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

struct RequestState {
  std::int64_t tokens = 0;    ///< prompt and output tokens that exist
  std::int64_t computed = 0;  ///< of those, tokens whose KV is stored
  memory::Holding holding;
  Rank rank{};
  std::int64_t prompt_tokens = 0;
  spec::Content content{};  ///< null: nothing is known
};

}  // namespace kvsim::sched
