// A card: how long one operator takes on one GPU with one kernel, and how far to trust it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/card_forms.hpp"

namespace kvsim::spec {

enum class CardOperator {
  Gemm,
  Moe,
  DecodeAttention,         ///< MHA, GQA and MQA
  DecodeAttentionMla,      ///< absorbed form
  DecodeAttentionSparse,   ///< absorbed form over chosen tokens (DSA)
  Indexer,                 ///< scores of all cached keys (DSA)
  PrefillAttention,        ///< all variants; MLA is expanded to heads
  PrefillAttentionSparse,  ///< absorbed form over chosen tokens (DSA)
  DecodeLinear,            ///< states of constant size: Mamba-2, gated delta net, KDA, lightning
  PrefillLinear,           ///< the same over chunks of tokens
  AllReduce,
  AllGather,
  ReduceScatter,
  AllToAll,
  ElementWise,  ///< norms, activations, rotary embedding, KV write; embedding and sampling, too,
                ///< where they have no card of their own
  Embedding,
  Sampling,
  KvCopy,  ///< of cache between GPUs, to the host, over a network
  Host
};
inline constexpr std::array<std::string_view, 19> kCardOperatorNames = {"gemm",
                                                                        "moe",
                                                                        "decode_attention",
                                                                        "decode_attention_mla",
                                                                        "decode_attention_sparse",
                                                                        "indexer",
                                                                        "prefill_attention",
                                                                        "prefill_attention_sparse",
                                                                        "decode_linear_attention",
                                                                        "prefill_linear_attention",
                                                                        "all_reduce",
                                                                        "all_gather",
                                                                        "reduce_scatter",
                                                                        "all_to_all",
                                                                        "element_wise",
                                                                        "embedding",
                                                                        "sampling",
                                                                        "kv_copy",
                                                                        "host"};

[[nodiscard]] constexpr bool is_collective(CardOperator op) {
  return op >= CardOperator::AllReduce && op <= CardOperator::AllToAll;
}

/// Where a number comes from, best first. The names are the tags of reports and JSON.
enum class Provenance { Measured, FittedElsewhere, Extrapolated, Datasheet };
inline constexpr std::array<std::string_view, 4> kProvenanceNames = {"measured", "fitted-elsewhere",
                                                                     "extrapolated", "datasheet"};

/// Errors of rows that were held out of the fit they are judged by, as fractions of one.
struct CardErrors {
  std::int64_t points = 0;
  std::optional<double> mape;
  std::optional<double> median;
  std::optional<double> p90;
  std::optional<double> p95;
  std::optional<double> wape;  ///< sum of errors over sum of times
  std::optional<double> bias;  ///< mean signed error; above 0: too slow
};

/// `by` of the card's errors on another GPU's table, whose name is `name`.
inline constexpr std::string_view kByTransfer = "transfer";

/// The same of some rows: a regime ("cold"), a variant ("gqa-4"), a format.
struct CardErrorGroup {
  std::string by;
  std::string name;
  CardErrors errors;
};

struct CardResiduals {
  CardErrors all;
  std::string folds;          ///< how rows were held out: "5 by head shape"
  std::int64_t rejected = 0;  ///< rows beyond the GPU's peaks, in no fit and no error
  std::vector<CardErrorGroup> groups;
};

/// Of the fitted parameters, in the units of the form (seconds, shares, bytes).
struct CardCovariance {
  std::vector<std::string> parameters;
  std::vector<double> matrix;  ///< row after row
};

/// Largest values the samples covered; beyond them the answer is extrapolated. 0: not limited.
struct CardDomain {
  std::int64_t max_rows = 0;     ///< tokens of a GEMM, sequences of decode attention
  std::int64_t max_context = 0;  ///< tokens of one sequence
};

/// The GPU under the samples, so that another one can borrow the card (cost/card_book.hpp).
struct CardGpu {
  std::string vendor = "nvidia";
  BytesPerSecond bandwidth;  ///< of HBM, peak
  FlopsPerSecond bf16;       ///< peak
  std::int64_t streaming_multiprocessors = 0;
  BytesPerSecond link;  ///< per direction
};

struct CardSpec {
  std::string name;
  std::vector<std::string> gpus;         ///< measured on these
  std::vector<std::string> transfer_to;  ///< same law, the GPU's own peaks; tagged extrapolated
  std::optional<CardGpu> measured_on;    ///< absent: no other GPU borrows it
  CardOperator op = CardOperator::Gemm;
  std::string kernel;
  std::string stack;
  std::vector<std::string> dtypes;  ///< of the weights, or of the KV cache for attention
  CardForm form = CardForm::Streaming;
  StreamingForm streaming;
  DecodeForm decode;
  GemmForm gemm;
  PrefillForm prefill;
  MoeForm moe;
  CollectiveForm collective;
  LinkForm link;
  HostForm host;
  CardDomain domain;
  CardResiduals residuals;
  std::optional<CardCovariance> covariance;
  Provenance provenance = Provenance::Datasheet;
  std::string source;
};

void describe(FieldVisitor& visitor, CardGpu& gpu);
void describe(FieldVisitor& visitor, CardDomain& domain);
void describe(FieldVisitor& visitor, CardErrors& errors);
void describe(FieldVisitor& visitor, CardErrorGroup& group);
void describe(FieldVisitor& visitor, CardResiduals& residuals);
void describe(FieldVisitor& visitor, CardCovariance& covariance);
void describe(FieldVisitor& visitor, CardSpec& card);

}  // namespace kvsim::spec
