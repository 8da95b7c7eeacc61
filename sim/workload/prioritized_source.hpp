// Requests of another source with priorities drawn for them.
#pragma once

#include <memory>

#include "sim/base/rng.hpp"
#include "sim/workload/lengths.hpp"
#include "sim/workload/request_source.hpp"

namespace kvsim::workload {

/// Priorities by the number of a request or of a conversation.
class PriorityDraws {
 public:
  PriorityDraws(const spec::PrioritySpec& priorities, std::uint64_t seed);
  [[nodiscard]] std::int64_t of(std::int64_t number) const;

 private:
  LengthSampler values_;  ///< an empirical distribution of whole numbers, whatever they mean
  Rng stream_;
};

/// Requires: a source that answers nothing to after(). Conversations draw their own priorities.
class PrioritizedSource final : public RequestSource {
 public:
  PrioritizedSource(std::unique_ptr<RequestSource> source, const spec::PrioritySpec& priorities,
                    std::uint64_t seed);

  [[nodiscard]] std::optional<Request> next() override;
  [[nodiscard]] std::int64_t skipped_lines() const override { return source_->skipped_lines(); }
  [[nodiscard]] std::int64_t failed_requests() const override { return source_->failed_requests(); }

 private:
  std::unique_ptr<RequestSource> source_;
  PriorityDraws priorities_;
};

}  // namespace kvsim::workload
