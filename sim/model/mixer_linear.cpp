// Layers that keep a state of constant size per sequence instead of keys and values.
//
//   kind              state matrices                   short convolution, 16 bits
//   mamba2            heads · head_dim · state         (inner + 2·groups·state) · (kernel − 1)
//   gated_delta_net   value heads · value · key dim    (2·key heads·key dim + inner) · (kernel − 1)
//   kda               heads · head_dim²                3·inner · (kernel − 1)
//   lightning         heads · head_dim²                none
//
// with inner = heads · head_dim. (Mamba-2, arXiv:2405.21060; Gated DeltaNet, arXiv:2412.06464; KDA,
// arXiv:2510.26692; lightning attention, arXiv:2501.08313; vLLM mamba_utils.py for the shapes.)
// A decode step reads and writes the state of every sequence; nothing grows with the context.
// Heads are cut over tensor-parallel GPUs; Mamba's groups are copied when they are fewer.
//
// Prefill is the chunk-parallel form: per token and head, products with the state (4 FLOPs per
// element) and within a chunk of 64 tokens.
// Not modelled: the gates' FLOPs, states kept for speculation or prefix caching, the one read of
// the state per chunk of prefill.
#include <fmt/format.h>

#include <algorithm>

#include "sim/model/gemm.hpp"
#include "sim/model/mixer.hpp"

namespace kvsim::model {
namespace {

constexpr std::int64_t kConvBytes = 2;      // 16-bit activations
constexpr std::int64_t kPrefillChunk = 64;  // flash-linear-attention's chunk size
constexpr double kDeltaRuleFlops = 7;       // decay 1, S·k 2, S += v·kT 2, S·q 2, per element
constexpr double kPlainFlops = 5;           // without S·k

struct Widths {
  std::int64_t inner = 0;      // heads · head_dim: values in, results out
  std::int64_t state = 0;      // elements of all state matrices
  std::int64_t convolved = 0;  // channels of the short convolution
  std::int64_t keys = 0;       // width of all queries, and of all keys
};

class LinearMixer final : public Mixer {
 public:
  explicit LinearMixer(const spec::ModelSpec& model)
      : model_(model), linear_(*model.linear_attention) {}

  [[nodiscard]] std::vector<CacheGroup> caches(spec::KvDtype,
                                               const Parallel& parallel) const override {
    CacheGroup group;
    group.name = spec::name_of(spec::LayerType::Linear, spec::kLayerTypeNames);
    group.type = spec::LayerType::Linear;
    group.state_bytes = state_bytes(widths(1));
    group.state_bytes_per_gpu = state_bytes(widths(parallel.tensor));
    group.equation = equation();
    return {group};
  }

  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const override {
    const Widths local = widths(parallel.tensor);
    std::vector<Matrix> all{
        {"in_proj", input_columns(parallel.tensor), model_.hidden_size, 1, model_.weight_dtype}};
    if (linear_.kind == spec::LinearKind::Kda) {
      for (const Matrix& matrix : gate_matrices(local)) {
        all.push_back(matrix);
      }
    }
    if (taps() > 0) {
      all.push_back(convolution(local));
    }
    all.push_back({"out_proj", model_.hidden_size, local.inner, 1, model_.weight_dtype});
    return all;
  }

  [[nodiscard]] std::int64_t bytes_read(spec::KvDtype, const Parallel& parallel,
                                        std::int64_t) const override {
    return 2 * state_bytes(widths(parallel.tensor));
  }

  StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel, spec::KvDtype,
                                  std::int64_t layers, const std::string& prefix,
                                  StepBuilder::Node input) const override {
    StepBuilder::Node last = input;
    const std::vector<Matrix> weights = matrices(parallel);
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
      if (weights[i].name != "conv1d") {
        last = builder.add(gemm(prefix, weights[i], RowsOf::StepTokens, layers), {last});
      }
    }
    const auto decoded = builder.add(of_layers(decode(parallel), layers, prefix), {last});
    const auto prefilled = builder.add(of_layers(prefill(parallel), layers, prefix), {last});
    return builder.add(gemm(prefix, weights.back(), RowsOf::StepTokens, layers),
                       {decoded, prefilled});
  }

 private:
  [[nodiscard]] std::int64_t taps() const {
    return linear_.kind == spec::LinearKind::Lightning ? 0 : linear_.conv_kernel - 1;
  }
  [[nodiscard]] bool delta_rule() const {
    return linear_.kind == spec::LinearKind::GatedDeltaNet || linear_.kind == spec::LinearKind::Kda;
  }

  [[nodiscard]] Widths widths(std::int64_t tp) const {
    const std::int64_t heads = linear_.num_heads / tp;
    Widths w;
    w.inner = heads * linear_.head_dim;
    switch (linear_.kind) {
      case spec::LinearKind::Mamba2:
        w.keys = std::max<std::int64_t>(1, linear_.n_groups / tp) * linear_.ssm_state_size;
        w.state = w.inner * linear_.ssm_state_size;
        w.convolved = w.inner + 2 * w.keys;
        break;
      case spec::LinearKind::GatedDeltaNet:
        w.keys = linear_.num_key_heads / tp * linear_.key_head_dim;
        w.state = w.inner * linear_.key_head_dim;
        w.convolved = w.inner + 2 * w.keys;
        break;
      case spec::LinearKind::Kda:
        w.keys = w.inner;
        w.state = w.inner * linear_.head_dim;
        w.convolved = 3 * w.inner;
        break;
      case spec::LinearKind::Lightning:
        w.keys = w.inner;
        w.state = w.inner * linear_.head_dim;
        break;
    }
    return w;
  }

  [[nodiscard]] std::int64_t element_bytes() const {
    return linear_.state_dtype == spec::StateDtype::Fp32 ? 4 : 2;
  }
  [[nodiscard]] std::int64_t state_bytes(const Widths& w) const {
    return w.convolved * taps() * kConvBytes + w.state * element_bytes();
  }

  [[nodiscard]] std::string equation() const {
    const Widths w = widths(1);
    const std::string state =
        fmt::format("{} state elements x {} B ({})", w.state, element_bytes(),
                    spec::name_of(linear_.state_dtype, spec::kStateDtypeNames));
    return taps() == 0 ? state
                       : fmt::format("{} + {} convolved channels x {} taps x {} B", state,
                                     w.convolved, taps(), kConvBytes);
  }

  // Columns of all projections of the input, on one GPU.
  [[nodiscard]] std::int64_t input_columns(std::int64_t tp) const {
    const Widths w = widths(tp);
    const std::int64_t heads = linear_.num_heads / tp;
    switch (linear_.kind) {
      case spec::LinearKind::Mamba2:  // gate, x, B, C and a step size per head
        return 2 * w.inner + 2 * w.keys + heads;
      case spec::LinearKind::GatedDeltaNet:  // q, k, v, gate, and two scalars per head
        return 2 * w.keys + 2 * w.inner + 2 * heads;
      case spec::LinearKind::Kda:  // q, k, v and a scalar per head; the gates are low-rank
        return 3 * w.inner + heads;
      case spec::LinearKind::Lightning:  // q, k, v and the output gate
        return 4 * w.inner;
    }
    return 0;
  }

  // Part of the recurrence's kernels, no product of its own.
  [[nodiscard]] Matrix convolution(const Widths& w) const {
    return {"conv1d", w.convolved, linear_.conv_kernel, 1, model_.dtype};
  }

  // Two gates, each hidden -> head_dim (whole on every GPU) -> inner (Kimi Linear f_a, f_b, g_a,
  // g_b).
  [[nodiscard]] std::vector<Matrix> gate_matrices(const Widths& local) const {
    return {{"gates_a", linear_.head_dim, model_.hidden_size, 2, model_.weight_dtype},
            {"gates_b", local.inner, linear_.head_dim, 2, model_.weight_dtype}};
  }

  [[nodiscard]] Operator core(const Parallel& parallel) const {
    const Widths w = widths(parallel.tensor);
    Operator op;
    op.dtype = model_.dtype;
    op.bytes_per_row = 2 * (2 * w.keys + 2 * w.inner);
    op.weight_bytes = taps() > 0 ? bytes(convolution(w)) : 0;
    return op;
  }

  [[nodiscard]] Operator decode(const Parallel& parallel) const {
    const Widths w = widths(parallel.tensor);
    Operator op = core(parallel);
    op.name = "decode_linear_attention";
    op.kind = OperatorKind::DecodeLinear;
    op.rows = RowsOf::DecodeSequences;
    op.kv_bytes_per_row = 2 * state_bytes(w);
    op.flops_per_row =
        (delta_rule() ? kDeltaRuleFlops : kPlainFlops) * static_cast<double>(w.state);
    return op;
  }

  [[nodiscard]] Operator prefill(const Parallel& parallel) const {
    const Widths w = widths(parallel.tensor);
    Operator op = core(parallel);
    op.name = "prefill_linear_attention";
    op.kind = OperatorKind::PrefillLinear;
    op.rows = RowsOf::PrefillTokens;
    op.shape.query_heads = linear_.num_heads / parallel.tensor;
    const auto within_chunk = static_cast<double>(kPrefillChunk * (w.keys + w.inner));
    op.flops_per_row = 4 * static_cast<double>(w.state) + (delta_rule() ? 4 : 2) * within_chunk;
    return op;
  }

  spec::ModelSpec model_;
  spec::LinearSpec linear_;
};

}  // namespace

std::unique_ptr<Mixer> make_linear_mixer(const spec::ModelSpec& model) {
  return std::make_unique<LinearMixer>(model);
}

}  // namespace kvsim::model
