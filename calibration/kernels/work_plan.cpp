#include "calibration/kernels/work_plan.hpp"

#include <algorithm>
#include <cstdint>

namespace kvsim {
namespace kernels {
namespace {

std::int64_t tiles_of(int tokens, int tile) { return (tokens + tile - 1) / tile; }

std::int64_t payload_of(const std::vector<int>& contexts, const WorkShape& shape) {
  std::int64_t total = 0;
  for (const int context : contexts) {
    if (context > 0) {
      total += (tiles_of(context, shape.tile_tokens) + shape.overhead_tiles) * shape.units;
    }
  }
  const std::int64_t share = (total + shape.workers - 1) / shape.workers;
  return std::max<std::int64_t>(share, shape.least_tiles) + shape.overhead_tiles;
}

// Deals tiles to workers, one after another.
class Dealer {
 public:
  Dealer(const WorkShape& shape, std::int64_t payload) : shape_(shape), payload_(payload) {
    plan_.begin.push_back(0);
    left_ = payload;
  }

  void row(int sequence, int unit, int context) {
    const std::size_t first = plan_.segments.size();
    int token = 0;
    while (token < context) {
      const std::int64_t needed = tiles_of(context - token, shape_.tile_tokens);
      if (left_ <= shape_.overhead_tiles && !is_last_worker()) {
        next_worker();
      }
      const std::int64_t room = left_ - shape_.overhead_tiles;
      const std::int64_t taken = is_last_worker() ? needed : std::min(needed, room);
      const std::int64_t end = token + taken * shape_.tile_tokens;
      const int end_token = static_cast<int>(std::min<std::int64_t>(end, context));
      plan_.segments.push_back({sequence, unit, token, end_token, -1});
      left_ -= taken + shape_.overhead_tiles;
      token = end_token;
    }
    number_partials(first, sequence, unit);
  }

  WorkPlan finish() {
    plan_.begin.push_back(static_cast<int>(plan_.segments.size()));
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool is_last_worker() const {
    return static_cast<int>(plan_.begin.size()) == shape_.workers;
  }

  void next_worker() {
    plan_.begin.push_back(static_cast<int>(plan_.segments.size()));
    left_ = payload_;
  }

  void number_partials(std::size_t first, int sequence, int unit) {
    const int pieces = static_cast<int>(plan_.segments.size() - first);
    if (pieces == 1) {
      return;
    }
    plan_.merges.push_back({sequence, unit, plan_.partials, pieces});
    for (std::size_t i = first; i < plan_.segments.size(); ++i) {
      plan_.segments[i].partial = plan_.partials++;
    }
  }

  WorkShape shape_;
  std::int64_t payload_;
  std::int64_t left_ = 0;
  WorkPlan plan_;
};

}  // namespace

WorkPlan plan_work(const std::vector<int>& contexts, const WorkShape& shape) {
  Dealer dealer(shape, payload_of(contexts, shape));
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    for (int unit = 0; unit < shape.units; ++unit) {
      dealer.row(static_cast<int>(i), unit, contexts[i]);
    }
  }
  return dealer.finish();
}

}  // namespace kernels
}  // namespace kvsim
