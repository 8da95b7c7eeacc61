// Attention with keys and values per KV head: MHA (one per query head), GQA (one per group of
// query heads, Ainslie et al. 2023), MQA (one in all, Shazeer 2019).
//
//   KV bytes per token and layer = kv_heads · (key width + value width) · sizeof(format)
//
// On one of tp GPUs: max(1, kv_heads / tp) heads, so KV is replicated when tp > kv_heads.
//
//   sliding   a query attends to the last W tokens, itself included; older ones are dropped
//             (Mistral 7B, arXiv:2310.06825; Gemma 2/3, gpt-oss, MiMo interleave such layers)
//   chunked   a query attends within its own chunk of C tokens (Llama 4)
//   sharing   a layer without a cache of its own reads that of an earlier layer, with queries only
//             (CLA, arXiv:2405.12981; YOCO, arXiv:2405.05254; Gemma 3n)
//
// Attention sinks are one learned logit per head in gpt-oss: no bytes of KV, and none counted.
// Not modelled: biases, query/key norms, StreamingLLM's kept first tokens.
#include "sim/model/gemm.hpp"
#include "sim/model/head_shape.hpp"

namespace kvsim::model {
namespace {

class HeadMixer final : public Mixer {
 public:
  HeadMixer(const spec::ModelSpec& model, const LayerClass& layers)
      : shape_(model, layers), layers_(layers), span_(span_of(model, layers.type)) {}

  [[nodiscard]] std::vector<CacheGroup> caches(spec::KvDtype kv,
                                               const Parallel& parallel) const override {
    CacheGroup group;
    group.name = spec::name_of(layers_.type, spec::kLayerTypeNames);
    group.type = layers_.type;
    group.span = span_;
    group.bytes_per_token = shape_.kv_bytes(kv);
    group.bytes_per_token_per_gpu = shape_.kv_bytes_per_gpu(kv, parallel);
    group.equation = shape_.equation(kv);
    return {group};
  }

  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const override {
    return shape_.matrices(parallel);
  }

  [[nodiscard]] std::int64_t bytes_read(spec::KvDtype kv, const Parallel& parallel,
                                        std::int64_t context) const override {
    return shape_.kv_bytes_per_gpu(kv, parallel) * attended(span_, context - 1);
  }

  StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel, spec::KvDtype kv,
                                  std::int64_t layers, const std::string& prefix,
                                  StepBuilder::Node input) const override {
    const std::vector<Matrix> weights = shape_.matrices(parallel);
    const auto qkv = builder.add(gemm(prefix, weights[0], RowsOf::StepTokens, layers), {input});
    const std::int64_t bytes = shape_.kv_bytes_per_gpu(kv, parallel);
    const auto decode =
        builder.add(of_layers(shape_.decode(parallel, kv, span_, bytes), layers, prefix), {qkv});
    const auto prefill =
        builder.add(of_layers(shape_.prefill(parallel, kv, span_, bytes), layers, prefix), {qkv});
    return builder.add(gemm(prefix, weights[1], RowsOf::StepTokens, layers), {decode, prefill});
  }

 private:
  HeadShape shape_;
  LayerClass layers_;
  Span span_;
};

}  // namespace

std::unique_ptr<Mixer> make_head_mixer(const spec::ModelSpec& model, const LayerClass& layers) {
  return std::make_unique<HeadMixer>(model, layers);
}

}  // namespace kvsim::model
