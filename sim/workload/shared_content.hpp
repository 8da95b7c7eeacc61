// How much of the prompts came before, for a cache that forgets nothing: two measures of it.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>

#include "sim/workload/request_source.hpp"
#include "sim/workload/summary.hpp"

namespace kvsim::workload {

/// By blocks of a trace, each by itself, whatever is before it in its prompt.
class SharedBlocks {
 public:
  void add(const Request& request);
  [[nodiscard]] std::optional<BlockSummary> summary() const;

 private:
  std::unordered_set<std::uint64_t> seen_;
  std::int64_t requests_ = 0;
  std::int64_t blocks_ = 0;
};

/// By tokens, from the begin of the prompt to its first stretch that is new. Answers count as seen
/// if a later prompt may have them.
class SharedTokens {
 public:
  void add(const Request& request);
  [[nodiscard]] std::optional<PrefixSummary> summary() const;

 private:
  std::unordered_set<std::uint64_t> seen_;  ///< hashes of chains of stretches
  std::int64_t requests_ = 0;               ///< with content
  std::int64_t prompt_tokens_ = 0;          ///< of all requests
  std::int64_t hit_tokens_ = 0;
};

}  // namespace kvsim::workload
