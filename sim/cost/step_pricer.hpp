// The one door to time: what a step of a given batch takes.
//
//   first     time of the step, in whole attoseconds
//   per_step  how much longer each following step of the same batch is
//   valid     for how many steps this holds, the first included
//
// In each step every sequence whose window is not full reads one more context token and every other
// term stands still, so times are affine in the step number until a branch switches. Break points
// depend on the batch alone, never on where a run of steps began; coefficients are rounded once, so
// adding steps one by one and jumping over them give the same integer.
//
// Host time: `serial` comes on top of every step; the rest hides behind the GPU when scheduling is
// asynchronous (t = serial + max(gpu, host)) and follows it when not (t = serial + gpu + host).
//
// Not modelled: overlap of kernels within a step, batches of very unequal contexts (their mean
// prices them; measured loss 4-6 %, PHYSICS 9), clock throttling.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/cost/operator_time.hpp"
#include "sim/model/parallel.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cost {

/// first + k · per_step in the k-th step, k = 0, 1, ...
struct Affine {
  Int128 first = 0;
  Int128 per_step = 0;
  Affine& operator+=(const Affine& other) {
    first += other.first;
    per_step += other.per_step;
    return *this;
  }
};

inline constexpr std::size_t kMaxCards = 16;

/// Of one step; bytes are those of one GPU, times are of the whole replica.
struct StepCost {
  Affine time;  ///< attoseconds; the sum over in_bucket
  std::int64_t steps_valid = 1;
  std::array<Affine, spec::kTimeBucketNames.size()> in_bucket;
  std::array<Affine, spec::kProvenanceNames.size()> by_provenance;
  std::array<Affine, kMaxCards> by_card;  ///< in the order of StepPricer::cards()
  Affine truncated;  ///< of time: draws below what the GPU's peaks allow; 0 without a draw
  std::int64_t weight_bytes = 0;
  Affine kv_bytes;
};

/// What one operator adds to a step.
struct OperatorShare {
  Affine time;
  spec::TimeBucket bucket = spec::TimeBucket::Compute;
  spec::Provenance provenance = spec::Provenance::Datasheet;
  std::size_t card = 0;    ///< index into StepPricer::cards()
  bool truncated = false;  ///< as StepCost::truncated
  std::int64_t steps_valid = kUnlimitedSteps;
  std::int64_t weight_bytes = 0;
  Affine kv_bytes;
};

/// Operators whose time follows from the same numbers of a batch. A step is the sum of its parts
/// and of the host's.
enum class StepPart {
  Tokens,   ///< from padded_tokens alone
  Samples,  ///< from sampled_tokens alone
  Decode,   ///< from decode_sequences and the contexts of decoding sequences
  Prefill   ///< from the chunks
};
inline constexpr std::size_t kStepParts = 4;

/// What the host adds to a step, and for how many steps the line holds.
struct HostTime {
  Affine time;
  std::int64_t steps_valid = kUnlimitedSteps;
};

/// One line of `kvsim explain step`.
struct OperatorQuote {
  std::string name;
  std::int64_t calls = 0;
  double bytes = 0;      ///< all calls, one GPU
  double hbm_bytes = 0;  ///< of those, what is not in L2
  double flops = 0;
  spec::Dtype dtype = spec::Dtype::Bf16;  ///< whose peak rate is its limit
  Duration time;
  Duration floor;  ///< the larger of hbm_bytes/peak bandwidth and FLOPs/peak rate
  spec::TimeBucket bucket = spec::TimeBucket::Compute;
  spec::Provenance provenance = spec::Provenance::Datasheet;
  std::string card;
  std::optional<double> error;  ///< mean relative error to expect (ChosenCard)
};

/// Immutable after construction; safe to use from many threads.
class StepPricer {
 public:
  /// With a `draw`, every operator and the host cost a factor more or less than their cards say
  /// (price_spread.hpp), the same in all steps.
  /// Requires: the model can be cut as the engine says (checked by build_step).
  StepPricer(const spec::ModelSpec& model, const spec::GpuSpec& gpu, const spec::EngineSpec& engine,
             const std::vector<spec::CardSpec>& cards,
             const std::optional<spec::PriceDraw>& draw = std::nullopt);

  /// Requires: batch.sampled_tokens > 0 (checked). With prefill in the batch steps_valid is 1.
  [[nodiscard]] StepCost price(const model::BatchShape& batch) const;

  /// One part of the same sum, steps_valid of that part. Requires: its numbers in `batch`.
  [[nodiscard]] StepCost price(StepPart part, const model::BatchShape& batch) const;
  /// The same, operator by operator, behind what `shares` holds already.
  void share_out(StepPart part, const model::BatchShape& batch,
                 std::vector<OperatorShare>& shares) const;
  /// The rest of it, when the GPU takes `gpu`.
  [[nodiscard]] HostTime host_time(const Affine& gpu, std::int64_t sequences) const {
    HostTime host;
    host.time.first = host_.serial.attoseconds();
    const Int128 beside = (host_.per_step + host_.per_sequence * sequences).attoseconds();
    if (!async_scheduling_) {
      host.time.first += beside;
    } else if (beside > gpu.first) {
      fill_up(host, gpu, beside - gpu.first);
    }
    return host;
  }
  /// Adds `time` of the host to `cost`.
  void add_host(StepCost& cost, const Affine& time) const;

  [[nodiscard]] std::vector<OperatorQuote> quote(const model::BatchShape& batch) const;
  [[nodiscard]] const model::StepGraph& graph() const { return graph_; }
  /// Whether prices depend on the longest context of a batch, not on sums alone (SkewForm).
  [[nodiscard]] bool depends_on_longest() const;
  /// Cards in use, each once; the host card is the last.
  [[nodiscard]] const std::vector<ChosenCard>& cards() const { return cards_; }

 private:
  std::size_t card_index(const ChosenCard& chosen);
  void draw_prices(const spec::PriceDraw& draw, const std::string& stack);
  [[nodiscard]] OperatorTime time_of(std::size_t index, const model::BatchShape& batch) const;
  static void fill_up(HostTime& host, const Affine& gpu, Int128 gap);
  [[nodiscard]] OperatorShare share_of(std::size_t index, const model::BatchShape& batch) const;
  void add_operator(StepCost& cost, std::size_t index, const model::BatchShape& batch) const;

  spec::GpuSpec gpu_;
  model::StepGraph graph_;
  bool async_scheduling_;
  spec::HostForm host_;
  std::vector<ChosenCard> cards_;
  std::vector<std::size_t> card_of_;                               ///< per operator of graph_
  std::vector<std::optional<double>> factor_of_;                   ///< the same; of the draw
  std::array<std::vector<std::size_t>, kStepParts> operators_of_;  ///< by part
};

}  // namespace kvsim::cost
