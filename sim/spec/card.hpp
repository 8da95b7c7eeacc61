// A card: how long one operator takes on one GPU with one kernel, and how far to trust it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

enum class CardOperator {
  Gemm,
  Moe,
  DecodeAttention,        ///< MHA, GQA and MQA
  DecodeAttentionMla,     ///< absorbed form
  DecodeAttentionSparse,  ///< absorbed form over chosen tokens (DSA)
  Indexer,                ///< scores of all cached keys (DSA)
  PrefillAttention,       ///< all variants; MLA is expanded to heads
  LinearAttention,        ///< states of constant size: Mamba-2, gated delta net, KDA, lightning
  AllReduce,
  ElementWise,  ///< norms, activations, rotary embedding, KV write, embedding, sampling
  Host
};
inline constexpr std::array<std::string_view, 11> kCardOperatorNames = {"gemm",
                                                                        "moe",
                                                                        "decode_attention",
                                                                        "decode_attention_mla",
                                                                        "decode_attention_sparse",
                                                                        "indexer",
                                                                        "prefill_attention",
                                                                        "linear_attention",
                                                                        "all_reduce",
                                                                        "element_wise",
                                                                        "host"};

/// Where a number comes from, best first. The names are the tags of reports and JSON.
enum class Provenance { Measured, FittedElsewhere, Extrapolated, Datasheet };
inline constexpr std::array<std::string_view, 4> kProvenanceNames = {"measured", "fitted-elsewhere",
                                                                     "extrapolated", "datasheet"};

/// t = launch + per_sequence·B + tile·W/SMs + ‖bytes/(ηb·BW), FLOPs/(ηc·P)‖_p
/// with B sequences, W = sequences × KV heads (per GPU) and the p-norm taken over the parts that
/// grow with the data; blend_exponent 0 means the larger of the two.
struct StreamingForm {
  Duration launch;
  Duration per_sequence;
  Duration tile;
  double bandwidth_efficiency = 0;
  double compute_efficiency = 0;
  double blend_exponent = 0;
};

/// Times at message sizes for one number of GPUs; log-log between points, and beyond the last
/// point in proportion to the bytes.
struct CollectiveRow {
  std::int64_t gpus = 0;
  std::vector<std::int64_t> bytes;
  std::vector<Duration> time;
};

struct CollectiveForm {
  std::vector<CollectiveRow> rows;
};

/// Host time of one step: `serial` is never hidden; per_step + per_sequence·n runs beside the GPU
/// when scheduling is asynchronous and after it when not.
struct HostForm {
  Duration serial;
  Duration per_step;
  Duration per_sequence;
};

enum class CardForm { Streaming, Collective, Host };
inline constexpr std::array<std::string_view, 3> kCardFormNames = {"streaming", "collective",
                                                                   "host"};

/// Relative errors of the fit, as fractions of one.
struct CardResiduals {
  std::optional<double> mape;
  std::optional<double> median;
  std::optional<double> p90;
  std::optional<double> p95;
  std::int64_t points = 0;
};

/// Largest values the samples covered; beyond them the answer is extrapolated. 0: not limited.
struct CardDomain {
  std::int64_t max_rows = 0;     ///< tokens of a GEMM, sequences of decode attention
  std::int64_t max_context = 0;  ///< tokens of one sequence
};

struct CardSpec {
  std::string name;
  std::vector<std::string> gpus;         ///< measured on these
  std::vector<std::string> transfer_to;  ///< same law, the GPU's own peaks; tagged extrapolated
  CardOperator op = CardOperator::Gemm;
  std::string kernel;
  std::string stack;
  std::vector<std::string> dtypes;  ///< of the weights, or of the KV cache for attention
  CardForm form = CardForm::Streaming;
  StreamingForm streaming;
  CollectiveForm collective;
  HostForm host;
  CardDomain domain;
  CardResiduals residuals;
  Provenance provenance = Provenance::Datasheet;
  std::string source;
};

void describe(FieldVisitor& visitor, StreamingForm& form);
void describe(FieldVisitor& visitor, CollectiveRow& row);
void describe(FieldVisitor& visitor, CollectiveForm& form);
void describe(FieldVisitor& visitor, HostForm& form);
void describe(FieldVisitor& visitor, CardDomain& domain);
void describe(FieldVisitor& visitor, CardResiduals& residuals);
void describe(FieldVisitor& visitor, CardSpec& card);

}  // namespace kvsim::spec
