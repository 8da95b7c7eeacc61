#include "shapes.hpp"

namespace kvsim::test {

using namespace kvsim::literals;

spec::GpuSpec h100() {
  spec::GpuSpec gpu;
  gpu.name = "h100-sxm";
  gpu.source = "test";
  gpu.hbm = {80_GB, Bytes(84'932'000'000), BytesPerSecond(3.35e12)};
  gpu.peak = {FlopsPerSecond(989e12), FlopsPerSecond(1979e12)};
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
  model.attention = {.variant = spec::AttentionVariant::Mla,
                     .kv_lora_rank = 512,
                     .q_lora_rank = 1536,
                     .qk_nope_head_dim = 128,
                     .qk_rope_head_dim = 64,
                     .v_head_dim = 128};
  model.moe = spec::MoeSpec{256, 8, 2048, 1, 3};
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

spec::LengthSpec fixed(std::int64_t tokens) {
  spec::LengthSpec length;
  length.kind = spec::LengthKind::Fixed;
  length.fixed = tokens;
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
