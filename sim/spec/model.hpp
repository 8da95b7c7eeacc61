// The shape of a decoder model, in the words of Hugging Face's config.json.
//
// `attention` says how heads share keys and values; `layer_types` says which layers attend to what
// (everything, a window, a chunk, a running state), `mlp_layer_types` which FFN they have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/dtype.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

enum class AttentionVariant { Mha, Gqa, Mqa, Mla };
inline constexpr std::array<std::string_view, 4> kAttentionVariantNames = {"mha", "gqa", "mqa",
                                                                           "mla"};

/// DeepSeek sparse attention: a light indexer scores every cached token, attention reads the best.
struct IndexerSpec {
  std::int64_t index_n_heads = 0;
  std::int64_t index_head_dim = 0;
  std::int64_t index_topk = 0;
};

/// Native sparse attention (arXiv:2502.11089): compressed blocks, selected blocks, a window.
struct NsaSpec {
  std::int64_t compression_stride = 16;
  std::int64_t selection_block_size = 64;
  std::int64_t num_selected_blocks = 16;
  std::int64_t window = 512;
};

/// MHA, GQA and MQA use head_dim, and v_head_dim where values are narrower than keys; MLA uses
/// kv_lora_rank and what follows. The swa_ widths replace the others in sliding layers; 0: the
/// same.
struct AttentionSpec {
  AttentionVariant variant = AttentionVariant::Mha;
  std::int64_t num_key_value_heads = 0;  ///< GQA only; MHA has one per query head, MQA one
  std::int64_t head_dim = 0;
  std::int64_t v_head_dim = 0;  ///< 0: head_dim
  std::int64_t swa_num_key_value_heads = 0;
  std::int64_t swa_head_dim = 0;
  std::int64_t swa_v_head_dim = 0;
  std::int64_t kv_lora_rank = 0;  ///< width of the latent that MLA caches
  std::int64_t q_lora_rank = 0;   ///< 0: queries are projected directly
  std::int64_t qk_nope_head_dim = 0;
  std::int64_t qk_rope_head_dim = 0;  ///< rotary key, one for all heads, cached beside the latent
  bool attn_output_gate = false;      ///< q_proj also yields a gate as wide as the output
  std::optional<IndexerSpec> indexer;
  std::optional<NsaSpec> nsa;
};

/// What a layer attends to. None: the layer has no mixer (Nemotron-H keeps FFNs in layers of their
/// own).
enum class LayerType { Full, Sliding, Chunked, Linear, None };
inline constexpr std::array<std::string_view, 5> kLayerTypeNames = {
    "full_attention", "sliding_attention", "chunked_attention", "linear_attention", "none"};

enum class MlpType { Dense, Sparse, None };
inline constexpr std::array<std::string_view, 3> kMlpTypeNames = {"dense", "sparse", "none"};

/// Layers whose memory of the past is a state of constant size.
enum class LinearKind { Mamba2, GatedDeltaNet, Kda, Lightning };
inline constexpr std::array<std::string_view, 4> kLinearKindNames = {"mamba2", "gated_delta_net",
                                                                     "kda", "lightning"};
enum class StateDtype { Fp32, Bf16 };
inline constexpr std::array<std::string_view, 2> kStateDtypeNames = {"fp32", "bf16"};

/// Where the scales of fp8 products' inputs come from: found in every step, or stored with the
/// weights (Hugging Face's quantization_config.activation_scheme).
enum class ActivationScheme { Dynamic, Static };
inline constexpr std::array<std::string_view, 2> kActivationSchemeNames = {"dynamic", "static"};

struct LinearSpec {
  LinearKind kind = LinearKind::GatedDeltaNet;
  std::int64_t num_heads = 0;       ///< value heads; each has a state matrix
  std::int64_t head_dim = 0;        ///< width of a value head
  std::int64_t num_key_heads = 0;   ///< gated_delta_net; the others have num_heads
  std::int64_t key_head_dim = 0;    ///< gated_delta_net; kda and lightning: head_dim
  std::int64_t n_groups = 0;        ///< mamba2
  std::int64_t ssm_state_size = 0;  ///< mamba2
  std::int64_t conv_kernel = 0;     ///< all but lightning
  StateDtype state_dtype = StateDtype::Fp32;
};

struct MoeSpec {
  std::int64_t n_routed_experts = 0;
  std::int64_t num_experts_per_tok = 0;
  std::int64_t moe_intermediate_size = 0;
  std::int64_t n_shared_experts = 0;
  std::int64_t shared_expert_intermediate_size =
      0;                                   ///< 0: n_shared_experts · moe_intermediate_size
  std::int64_t first_k_dense_replace = 0;  ///< this many leading layers have a dense FFN
  std::optional<Dtype> expert_dtype;       ///< absent: weight_dtype
  double routing_skew = 0;                 ///< Zipf exponent of the experts' popularity; 0: uniform
};

struct ModelSpec {
  std::string name;
  std::string source;
  std::int64_t num_hidden_layers = 0;
  std::int64_t hidden_size = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t intermediate_size = 0;  ///< 0: no layer has a dense FFN
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 0;
  bool learned_positions = false;  ///< a matrix of positions instead of rotary embedding
  bool tie_word_embeddings = false;
  bool gated_mlp = true;             ///< SwiGLU and friends: three matrices, not two
  Dtype dtype = Dtype::Bf16;         ///< activations, embedding, lm_head
  Dtype weight_dtype = Dtype::Bf16;  ///< matrices of the decoder layers
  ActivationScheme activation_scheme = ActivationScheme::Dynamic;  ///< of fp8 products
  std::vector<LayerType> layer_types;    ///< repeats when shorter than the model; empty: all full
  std::vector<MlpType> mlp_layer_types;  ///< the same; empty: first_k_dense_replace decides
  std::int64_t sliding_window = 0;
  std::int64_t attention_chunk_size = 0;
  std::int64_t num_kv_shared_layers = 0;  ///< so many last layers read the KV of an earlier one
  std::int64_t cla_share_factor = 1;      ///< so many consecutive layers share one KV
  std::int64_t hidden_size_per_layer_input = 0;  ///< Gemma 3n: width of the per-layer embeddings
  std::int64_t vocab_size_per_layer_input = 0;
  AttentionSpec attention;
  std::optional<LinearSpec> linear_attention;
  std::optional<MoeSpec> moe;
};

/// KV heads of such a layer before tensor parallelism (1 for MLA: one latent serves all heads).
[[nodiscard]] std::int64_t kv_heads(const ModelSpec& model, LayerType layer = LayerType::Full);
/// Widths of one key and of one value of MHA, GQA and MQA.
[[nodiscard]] std::int64_t key_width(const ModelSpec& model, LayerType layer = LayerType::Full);
[[nodiscard]] std::int64_t value_width(const ModelSpec& model, LayerType layer = LayerType::Full);

/// Requires: 0 <= layer < num_hidden_layers.
[[nodiscard]] LayerType layer_type(const ModelSpec& model, std::int64_t layer);
[[nodiscard]] MlpType mlp_type(const ModelSpec& model, std::int64_t layer);
/// Whether this layer stores keys and values; otherwise it reads those of an earlier layer.
[[nodiscard]] bool owns_kv(const ModelSpec& model, std::int64_t layer);

/// The format of the cache under `kv`: Auto and, on sparse MLA, fp8 stand for others.
[[nodiscard]] KvDtype resolve(KvDtype kv, const ModelSpec& model);
/// Hidden width of the shared experts together; 0 if there are none.
[[nodiscard]] std::int64_t shared_expert_width(const MoeSpec& moe);

void describe(FieldVisitor& visitor, IndexerSpec& indexer);
void describe(FieldVisitor& visitor, NsaSpec& nsa);
void describe(FieldVisitor& visitor, AttentionSpec& attention);
void describe(FieldVisitor& visitor, LinearSpec& linear);
void describe(FieldVisitor& visitor, MoeSpec& moe);
void describe(FieldVisitor& visitor, ModelSpec& model);

}  // namespace kvsim::spec
