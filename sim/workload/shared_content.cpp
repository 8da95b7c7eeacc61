#include "sim/workload/shared_content.hpp"

#include <algorithm>

#include "sim/workload/stretch_ids.hpp"

namespace kvsim::workload {
namespace {

bool is_private(const spec::Stretch& stretch, const Request& request) {
  return stretch.id == spec::private_stretch(request.id.value());
}

// Of the chain that ends with this stretch. 64 bits: among 10^7 chains two are taken for one with
// a probability of 3e-6.
std::uint64_t chain_hash(std::uint64_t before, const spec::Stretch& stretch) {
  return mixed(mixed(before ^ stretch.id) + static_cast<std::uint64_t>(stretch.tokens));
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void SharedBlocks::add(const Request& request) {
  if (request.content == nullptr) {
    return;
  }
  ++requests_;
  for (const spec::Stretch& stretch : request.content->stretches) {
    if (!is_private(stretch, request)) {
      ++blocks_;
      seen_.insert(stretch.id);
    }
  }
}

std::optional<BlockSummary> SharedBlocks::summary() const {
  if (requests_ == 0) {
    return std::nullopt;
  }
  const auto distinct = static_cast<std::int64_t>(seen_.size());
  return BlockSummary{.requests = requests_,
                      .blocks = blocks_,
                      .distinct = distinct,
                      .ideal_hit_rate = share(blocks_ - distinct, blocks_)};
}

void SharedTokens::add(const Request& request) {
  prompt_tokens_ += request.prompt_tokens;
  if (request.content == nullptr) {
    return;
  }
  ++requests_;
  const std::int64_t known =
      request.prompt_tokens + (request.content->answer_returns ? request.output_tokens : 0);
  std::uint64_t chain = 0;
  std::int64_t begin = 0;
  bool hits = true;
  for (const spec::Stretch& stretch : request.content->stretches) {
    if (begin + stretch.tokens > known || is_private(stretch, request)) {
      break;
    }
    chain = chain_hash(chain, stretch);
    const bool is_new = seen_.insert(chain).second;
    hits = hits && !is_new && begin < request.prompt_tokens;
    hit_tokens_ += hits ? stretch.tokens : 0;
    begin += stretch.tokens;
  }
}

std::optional<PrefixSummary> SharedTokens::summary() const {
  if (requests_ == 0) {
    return std::nullopt;
  }
  return PrefixSummary{.requests = requests_,
                       .prompt_tokens = prompt_tokens_,
                       .hit_tokens = hit_tokens_,
                       .ideal_hit_rate = share(hit_tokens_, prompt_tokens_)};
}

}  // namespace kvsim::workload
