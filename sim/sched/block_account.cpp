#include "sim/sched/block_account.hpp"

#include <memory>

namespace kvsim::sched {
namespace {

constexpr std::int64_t kEndless = std::int64_t{1} << 40;  // tokens; no request has as many

// A request of which nothing is known has at least itself in common.
spec::Content content_of_its_own(const RequestState& request) {
  return std::make_shared<const spec::PromptContent>(
      spec::PromptContent{{{spec::private_stretch(request.rank.arrival), kEndless}}, false});
}

}  // namespace

void preempt_blocks(memory::KvManager& kv, RequestState& request) {
  if (kv.caches_prefixes() && request.holding.blocks > 0) {
    if (request.content == nullptr) {
      request.content = content_of_its_own(request);
    }
    kv.keep(request.holding, request.content, request.computed);
  }
  kv.release(request.holding, request.computed);
}

}  // namespace kvsim::sched
