// Time of one operator: a part that is constant while the batch stays, and a part per token of
// context that decode attention reads. Both are rounded to attoseconds here, once.
#pragma once

#include "sim/cost/card_book.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cost {

/// All `calls` of the operator in one step, on one GPU.
struct OperatorTime {
  Duration constant;
  Duration per_context_token;  ///< times decode_context of the operator's span
  spec::TimeBucket bucket = spec::TimeBucket::Compute;
  spec::Provenance provenance = spec::Provenance::Datasheet;
  /// Steps of this batch until the context leaves the card's domain and the provenance changes.
  std::int64_t steps_valid = 0;
  bool truncated = false;  ///< a draw asked for less than the GPU's peaks allow
};

/// What an operator does, or nothing of it when its rows are 0.
/// The time is never below bytes/peak bandwidth or FLOPs/peak rate: a card that says so is a bug
/// and throws InternalError, naming the card. With a `factor`, of a draw for error bars, the card's
/// time is multiplied by it and truncated at that floor.
[[nodiscard]] OperatorTime operator_time(const model::Operator& op, const ChosenCard& chosen,
                                         const spec::GpuSpec& gpu, const model::BatchShape& batch,
                                         std::optional<double> factor = std::nullopt);

/// Whether the kernel takes another path than the one the card's law was fitted to.
[[nodiscard]] bool is_of_another_path(const model::Operator& op, const spec::CardSpec& card);

/// No break point: the price holds for any number of steps.
inline constexpr std::int64_t kUnlimitedSteps = model::kForever;

}  // namespace kvsim::cost
