#include "shapes.hpp"

namespace kvsim::test {

using namespace kvsim::literals;

spec::GpuSpec h100() {
  spec::GpuSpec gpu;
  gpu.name = "h100-sxm";
  gpu.source = "test";
  gpu.hbm = {80_GB, Bytes(84'932'000'000), BytesPerSecond(3.35e12)};
  gpu.peak.bf16 = FlopsPerSecond(989e12);
  gpu.peak.fp8 = FlopsPerSecond(1979e12);
  gpu.streaming_multiprocessors = 132;
  gpu.l2_cache = Bytes(50'000'000);
  gpu.nvlink_bandwidth = BytesPerSecond(450e9);
  gpu.pcie_bandwidth = BytesPerSecond(64e9);
  return gpu;
}

spec::GpuSpec h200() {
  spec::GpuSpec gpu = h100();
  gpu.name = "h200-sxm";
  gpu.hbm = {141_GB, Bytes(150'109'000'000), BytesPerSecond(4.8e12)};
  return gpu;
}

spec::ModelSpec llama_8b() {
  spec::ModelSpec model;
  model.name = "llama-3.1-8b";
  model.source = "test";
  model.num_hidden_layers = 32;
  model.hidden_size = 4096;
  model.num_attention_heads = 32;
  model.intermediate_size = 14336;
  model.vocab_size = 128256;
  model.max_position_embeddings = 131072;
  model.attention.variant = spec::AttentionVariant::Gqa;
  model.attention.num_key_value_heads = 8;
  model.attention.head_dim = 128;
  return model;
}

spec::ModelSpec llama_405b() {
  spec::ModelSpec model = llama_8b();
  model.name = "llama-3.1-405b";
  model.num_hidden_layers = 126;
  model.hidden_size = 16384;
  model.num_attention_heads = 128;
  model.intermediate_size = 53248;
  return model;
}

spec::ModelSpec deepseek_v3() {
  spec::ModelSpec model;
  model.name = "deepseek-v3";
  model.source = "test";
  model.num_hidden_layers = 61;
  model.hidden_size = 7168;
  model.num_attention_heads = 128;
  model.intermediate_size = 18432;
  model.vocab_size = 129280;
  model.max_position_embeddings = 163840;
  model.weight_dtype = spec::Dtype::Fp8Block;
  model.attention.variant = spec::AttentionVariant::Mla;
  model.attention.kv_lora_rank = 512;
  model.attention.q_lora_rank = 1536;
  model.attention.qk_nope_head_dim = 128;
  model.attention.qk_rope_head_dim = 64;
  model.attention.v_head_dim = 128;
  spec::MoeSpec moe;
  moe.n_routed_experts = 256;
  moe.num_experts_per_tok = 8;
  moe.moe_intermediate_size = 2048;
  moe.n_shared_experts = 1;
  moe.first_k_dense_replace = 3;
  model.moe = moe;
  return model;
}

spec::ModelSpec tiny_model() {
  spec::ModelSpec model = llama_8b();
  model.name = "tiny";
  model.num_hidden_layers = 2;
  model.hidden_size = 64;
  model.num_attention_heads = 4;
  model.intermediate_size = 128;
  model.vocab_size = 100;
  model.max_position_embeddings = 1 << 20;
  model.attention.num_key_value_heads = 2;
  model.attention.head_dim = 16;
  return model;
}

namespace {

using spec::LayerType;

spec::ModelSpec tiny(const char* name, std::vector<LayerType> layers) {
  spec::ModelSpec model = tiny_model();
  model.name = name;
  model.num_hidden_layers = 6;
  model.sliding_window = 24;
  model.attention_chunk_size = 40;
  model.layer_types = std::move(layers);
  return model;
}

spec::ModelSpec tiny_mla(const char* name) {
  spec::ModelSpec model = tiny(name, {});
  model.attention = {};
  model.attention.variant = spec::AttentionVariant::Mla;
  model.attention.kv_lora_rank = 128;
  model.attention.qk_nope_head_dim = 16;
  model.attention.qk_rope_head_dim = 8;
  model.attention.v_head_dim = 16;
  return model;
}

spec::ModelSpec tiny_sparse_mla() {
  spec::ModelSpec model = tiny_mla("dsa");
  model.attention.indexer = spec::IndexerSpec{2, 128, 32};
  return model;
}

spec::ModelSpec tiny_nsa() {
  spec::ModelSpec model = tiny("nsa", {});
  model.attention.nsa = spec::NsaSpec{4, 8, 4, 16};
  return model;
}

spec::ModelSpec tiny_linear(const char* name, spec::LinearKind kind) {
  spec::ModelSpec model = tiny(name, {LayerType::Linear, LayerType::Linear, LayerType::Full});
  spec::LinearSpec linear;
  linear.kind = kind;
  linear.num_heads = 4;
  linear.head_dim = 16;
  linear.num_key_heads = 2;
  linear.key_head_dim = 16;
  linear.n_groups = 1;
  linear.ssm_state_size = 16;
  linear.conv_kernel = 4;
  model.linear_attention = linear;
  return model;
}

spec::ModelSpec tiny_moe() {
  spec::ModelSpec model = tiny("moe", {});
  spec::MoeSpec moe;
  moe.n_routed_experts = 8;
  moe.num_experts_per_tok = 2;
  moe.moe_intermediate_size = 32;
  moe.routing_skew = 0.6;
  model.moe = moe;
  return model;
}

spec::ModelSpec tiny_shared() {
  spec::ModelSpec model = tiny("shared", {LayerType::Sliding, LayerType::Full});
  model.num_kv_shared_layers = 2;
  return model;
}

}  // namespace

std::vector<spec::ModelSpec> tiny_variants() {
  return {tiny_model(),
          tiny("sliding", {LayerType::Sliding}),
          tiny("interleaved", {LayerType::Sliding, LayerType::Sliding, LayerType::Full}),
          tiny("chunked", {LayerType::Chunked, LayerType::Chunked, LayerType::Full}),
          tiny("three kinds", {LayerType::Chunked, LayerType::Sliding, LayerType::Full}),
          tiny_mla("mla"),
          tiny_sparse_mla(),
          tiny_nsa(),
          tiny_linear("mamba2", spec::LinearKind::Mamba2),
          tiny_linear("gated delta net", spec::LinearKind::GatedDeltaNet),
          tiny_linear("kda", spec::LinearKind::Kda),
          tiny_linear("lightning", spec::LinearKind::Lightning),
          tiny_moe(),
          tiny_shared()};
}

spec::ModelSpec with_attention(spec::ModelSpec model, spec::AttentionVariant variant,
                               std::int64_t kv_heads) {
  const std::int64_t head_dim = model.attention.variant == spec::AttentionVariant::Mla
                                    ? model.attention.v_head_dim
                                    : model.attention.head_dim;
  model.attention = {};
  model.attention.variant = variant;
  model.attention.num_key_value_heads = kv_heads;
  model.attention.head_dim = head_dim;
  if (variant == spec::AttentionVariant::Mla) {
    model.attention = deepseek_v3().attention;
  }
  return model;
}

spec::EngineSpec engine() {
  spec::EngineSpec engine;
  engine.profile = "vllm-0.24";
  engine.stack = "vllm-0.24.0";
  engine.max_num_seqs = 1024;
  engine.max_num_batched_tokens = 8192;
  engine.non_torch_memory = Bytes(644'245'094);
  return engine;
}

spec::CardSpec streaming_card(spec::CardOperator op, double launch_us, double bandwidth_efficiency,
                              double compute_efficiency, double blend) {
  spec::CardSpec card;
  card.name = std::string(spec::name_of(op, spec::kCardOperatorNames)) + "/round";
  card.gpus = {"any"};
  card.op = op;
  card.streaming.launch = to_duration(Seconds(launch_us * 1e-6));
  card.streaming.bandwidth_efficiency = bandwidth_efficiency;
  card.streaming.compute_efficiency = compute_efficiency;
  card.streaming.blend_exponent = blend;
  card.provenance = spec::Provenance::Measured;
  card.source = "invented for tests";
  return card;
}

spec::CardSpec host_card(double serial_us, double per_step_us, double per_sequence_us) {
  spec::CardSpec card;
  card.name = "host/round";
  card.gpus = {"any"};
  card.op = spec::CardOperator::Host;
  card.form = spec::CardForm::Host;
  card.host = {to_duration(Seconds(serial_us * 1e-6)), to_duration(Seconds(per_step_us * 1e-6)),
               to_duration(Seconds(per_sequence_us * 1e-6))};
  card.provenance = spec::Provenance::Measured;
  card.source = "invented for tests";
  return card;
}

std::vector<spec::CardSpec> round_cards() {
  using enum spec::CardOperator;
  std::vector<spec::CardSpec> cards;
  for (const spec::CardOperator op :
       {Gemm, Moe, DecodeAttention, DecodeAttentionMla, PrefillAttention, ElementWise}) {
    cards.push_back(streaming_card(op, 1, 0.8, 0.5));
  }
  cards.push_back(host_card(0, 0, 0));
  return cards;
}

model::BatchShape decode_batch(std::int64_t sequences, std::int64_t context) {
  model::BatchShape batch;
  batch.decode_sequences = batch.sampled_tokens = batch.padded_tokens = sequences;
  batch.spans[0].decode_context = context;
  batch.spans[0].decode_growing = sequences;
  return batch;
}

model::BatchShape prefill_batch(std::int64_t tokens, std::int64_t cached) {
  model::BatchShape batch;
  model::add_prefill(batch, {model::Span{}}, cached, tokens);
  batch.padded_tokens = tokens;
  return batch;
}

memory::PagePlan plain_pages(std::int64_t block_size) {
  memory::PagePlan plan;
  memory::PageGroup group;
  group.name = "full_attention";
  group.block_size = block_size;
  plan.groups.push_back(group);
  plan.page_bytes = block_size;
  return plan;
}

spec::LengthSpec fixed(std::int64_t tokens) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Fixed;
  length.fixed = tokens;
  return length;
}

spec::LengthSpec uniform(std::int64_t min, std::int64_t max) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Uniform;
  length.uniform = {min, max};
  return length;
}

spec::RunSpec tiny_run(std::int64_t requests, std::int64_t prompt, std::int64_t output) {
  spec::RunSpec run;
  run.id = "tiny";
  run.variant = "base";
  run.model = tiny_model();
  run.cluster.gpu = h100();
  run.engine = engine();
  run.engine.max_model_len = 4096;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::AllAtOnce, PerSecond(), 1};
  run.workload.lengths = spec::LengthsSpec{fixed(prompt), fixed(output), std::nullopt};
  run.workload.num_requests = requests;
  return run;
}

std::vector<spec::CardSpec> millisecond_steps() {
  std::vector<spec::CardSpec> cards = round_cards();
  for (spec::CardSpec& card : cards) {
    card.streaming.launch = Duration();
  }
  cards.back() = host_card(0, 1000, 0);
  return cards;
}

}  // namespace kvsim::test
