// Which card prices which operator on a given GPU.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/model/operators.hpp"
#include "sim/spec/card.hpp"
#include "sim/spec/gpu.hpp"

namespace kvsim::cost {

/// A card as it applies here: one that was measured on another GPU counts as extrapolated.
struct ChosenCard {
  spec::CardSpec card;
  spec::Provenance provenance = spec::Provenance::Datasheet;
  /// Mean relative error to expect: of held-out rows; wider where the card was measured on another
  /// GPU (cost/transfer_error.hpp). Absent: nobody has measured it.
  std::optional<double> error = {};
};

[[nodiscard]] spec::CardOperator card_operator(model::OperatorKind kind);

/// Chooses, for one GPU and one framework, the card with the best provenance; among equals the
/// GPU's own, then one that names it in transfer_to, then a borrowed one; then the nearest GPU's
/// (borrowed ones differ in that: by the logarithms of peak bandwidth, peak rate and SMs), then the
/// stack's own, then the nearest version of the same framework, then the first by name. Embedding
/// and sampling take the card of element-wise kernels where that one's GPU is nearer. Only cards of
/// the same vendor are borrowed, fp8 ones only by GPUs with fp8 units, collectives only over a like
/// link; a borrowed card keeps its law and takes the GPU's own peaks. Where no card fits, the
/// datasheet prices: 80 % of both peaks and 3 us per call; for collectives 10 us and 80 % of the
/// link.
class CardBook {
 public:
  CardBook(std::vector<spec::CardSpec> cards, spec::GpuSpec gpu, std::string stack);

  [[nodiscard]] ChosenCard choose(spec::CardOperator op, spec::Dtype dtype,
                                  std::int64_t ranks = 1) const;

 private:
  [[nodiscard]] ChosenCard datasheet(spec::CardOperator op, std::int64_t ranks) const;

  std::vector<spec::CardSpec> cards_;
  spec::GpuSpec gpu_;
  std::string stack_;
};

}  // namespace kvsim::cost
