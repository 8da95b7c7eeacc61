#include "sim/config/hf_family.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kvsim::config {
namespace {

using namespace trait;

constexpr unsigned kGemma = kTied | kKvGiven | kHeadDimGiven;
constexpr unsigned kQwen3 = kKvGiven | kHeadDimGiven;
constexpr unsigned kFalcon = kTied | kPlain | kFourTimes | kPositions2048;
constexpr unsigned kGpt = kTied | kPlain | kLearned | kFourTimes;

constexpr std::array kFamilies = {
    HfFamily{"llama"},
    HfFamily{"mistral", kKvGiven, Window::All},
    HfFamily{"mixtral", kKvGiven | kExpertsWide, Window::All, 0, "num_local_experts"},
    HfFamily{"llama4", kKvGiven | kExpertsWide | kOneSharedExpert, Window::Unsaid, 0,
             "num_local_experts"},
    HfFamily{"qwen2", kKvGiven, Window::FromLast},
    HfFamily{"qwen2_moe", kKvGiven, Window::FromLast, 0, "num_experts"},
    HfFamily{"qwen2_vl", kKvGiven, Window::FromLast},
    HfFamily{"qwen2_5_vl", kKvGiven, Window::FromLast},
    HfFamily{"qwen3", kQwen3, Window::FromLast},
    HfFamily{"qwen3_moe", kKvGiven, Window::FromLast, 0, "num_experts"},
    HfFamily{"qwen3_vl", kQwen3},
    HfFamily{"qwen3_vl_moe", kKvGiven, Window::Unsaid, 0, "num_experts"},
    HfFamily{"qwen3_next", kQwen3 | kOutputGate, Window::Unsaid, 4, "num_experts"},
    HfFamily{"qwen3_5", kQwen3 | kOutputGate, Window::Unsaid, 4},
    HfFamily{"qwen3_5_moe", kQwen3 | kOutputGate, Window::Unsaid, 4, "num_experts"},
    HfFamily{"deepseek", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"deepseek_v2", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"deepseek_v3", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"deepseek_v32", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"kimi_k2", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"kimi_linear", 0, Window::Unsaid, 0, "num_experts"},
    HfFamily{"glm", kKvGiven | kHeadDimGiven},
    HfFamily{"glm4", kKvGiven | kHeadDimGiven},
    HfFamily{"glm4_moe", kKvGiven, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"glm4_moe_lite", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"glm_moe_dsa", 0, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"gemma", kGemma},
    HfFamily{"gemma2", kGemma, Window::Period, 2},
    HfFamily{"gemma3", kGemma, Window::Period, 6},
    HfFamily{"gemma3n", kGemma, Window::Period, 5},
    HfFamily{"gemma4", kGemma, Window::Period, 6},
    HfFamily{"gpt_oss", kQwen3 | kExpertsWide, Window::Period, 2, "num_local_experts"},
    HfFamily{"gpt2", kGpt},
    HfFamily{"gpt_bigcode", kGpt | kMultiQuery},
    HfFamily{"gptj", kPlain | kFourTimes},
    HfFamily{"gpt_neox", kPlain},
    HfFamily{"bloom", kTied | kPlain | kFourTimes | kPositions2048},
    HfFamily{"opt", kTied | kPlain | kLearned},
    HfFamily{"falcon", kFalcon},
    HfFamily{"RefinedWeb", kFalcon},
    HfFamily{"RefinedWebModel", kFalcon},
    HfFamily{"starcoder2", kTied | kPlain | kKvGiven, Window::All},
    HfFamily{"phi", kPlain},
    HfFamily{"phi3", 0, Window::All},
    HfFamily{"phimoe", kKvGiven | kExpertsWide, Window::All, 0, "num_local_experts"},
    HfFamily{"nemotron", kPlain},
    HfFamily{"nemotron_h", kPlain | kKvGiven | kHeadDimGiven},
    HfFamily{"granite"},
    HfFamily{"granitemoe", kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"granitemoeshared", kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"granitemoehybrid", kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"bamba", kKvGiven},
    HfFamily{"olmo"},
    HfFamily{"olmo2"},
    HfFamily{"olmo3", 0, Window::Period, 4},
    HfFamily{"olmoe", kExpertsWide, Window::Unsaid, 0, "num_experts"},
    HfFamily{"cohere", kTied},
    HfFamily{"cohere2", kTied, Window::Period, 4},
    HfFamily{"stablelm"},
    HfFamily{"internlm2"},
    HfFamily{"internlm3"},
    HfFamily{"exaone4", kKvGiven, Window::Period, 4},
    HfFamily{"seed_oss", kQwen3},
    HfFamily{"smollm3", kTied | kKvGiven, Window::FromLast},
    HfFamily{"apertus", kPlain},
    HfFamily{"arcee", kPlain},
    HfFamily{"ernie4_5", kTied | kKvGiven},
    HfFamily{"ernie4_5_moe", kTied | kKvGiven, Window::Unsaid, 0, "moe_num_experts"},
    HfFamily{"hunyuan", kExpertsWide, Window::Unsaid, 0, "num_experts"},
    HfFamily{"hunyuan_v1_dense"},
    HfFamily{"hunyuan_v1_moe", kExpertsWide, Window::Unsaid, 0, "num_experts"},
    HfFamily{"minimax", kKvGiven | kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"minimax_text_01", kKvGiven | kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"minimax_m1", kKvGiven | kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"minimax_m2", kKvGiven | kExpertsWide, Window::Unsaid, 0, "num_local_experts"},
    HfFamily{"mimo", kKvGiven, Window::FromLast},
    HfFamily{"mimo_v2_flash", kQwen3, Window::Unsaid, 0, "n_routed_experts"},
    HfFamily{"dots1", kKvGiven, Window::FromLast, 0, "n_routed_experts"},
};

struct Refusal {
  std::string_view word;
  std::string_view reason;
};

constexpr std::string_view kNoDecoder = "it is no decoder of text";
constexpr std::string_view kMamba1 = "its layers are Mamba's first version; kvsim has Mamba-2";
constexpr std::string_view kConvolution = "layers that are short convolutions are not described";
constexpr std::string_view kBlocks = "its layers differ one by one";

constexpr std::array kRefusedTypes = {
    Refusal{"deepseek_v4",
            "its cache is compressed differently in each layer and its residual stream has "
            "several lanes"},
    Refusal{"rwkv", "its layers are RWKV's"},
    Refusal{"rwkv6", "its layers are RWKV's"},
    Refusal{"rwkv7", "its layers are RWKV's"},
    Refusal{"mamba", kMamba1},
    Refusal{"falcon_mamba", kMamba1},
    Refusal{"jamba", kMamba1},
    Refusal{"mamba2", "it has no attention at all"},
    Refusal{"falcon_h1", "attention and Mamba work side by side in each of its layers"},
    Refusal{"hymba", "attention and Mamba work side by side in each of its layers"},
    Refusal{"zamba", "its layers share blocks of weights"},
    Refusal{"zamba2", "its layers share blocks of weights"},
    Refusal{"recurrent_gemma", "its recurrent layers are not described"},
    Refusal{"xlstm", "its recurrent layers are not described"},
    Refusal{"lfm2", kConvolution},
    Refusal{"lfm2_moe", kConvolution},
    Refusal{"nemotron-nas", kBlocks},
    Refusal{"deci", kBlocks},
    Refusal{"openelm", kBlocks},
    Refusal{"longcat_flash", "each of its layers attends twice and some experts do nothing"},
    Refusal{"qwen", "its intermediate_size counts two matrices at once"},
    Refusal{"chatglm", "its keys are its own"},
    Refusal{"mpt", "its keys are its own"},
    Refusal{"dbrx", "its keys are its own"},
    Refusal{"gpt_neo", "its local layers are not described"},
    Refusal{"bert", kNoDecoder},
    Refusal{"roberta", kNoDecoder},
    Refusal{"xlm-roberta", kNoDecoder},
    Refusal{"modernbert", kNoDecoder},
    Refusal{"clip", kNoDecoder},
    Refusal{"vit", kNoDecoder},
    Refusal{"t5", "it has an encoder beside its decoder"},
    Refusal{"bart", "it has an encoder beside its decoder"},
    Refusal{"whisper", "it has an encoder beside its decoder"},
    Refusal{"mllama", "its layers also attend to images (cross attention)"},
};

constexpr std::array kRefusedKeys = {
    Refusal{"compress_ratios", "layers that compress their cache by ratios of their own"},
    Refusal{"hc_mult", "hyper-connections: a residual stream of several lanes"},
    Refusal{"block_configs", "layers that differ one by one"},
    Refusal{"blocksparse_block_size", "block-sparse attention"},
    Refusal{"moba_chunk_size", "attention to chosen blocks (MoBA)"},
    Refusal{"cross_attention_layers", "layers that attend to images"},
    Refusal{"moe_latent_size", "experts on a narrower stream of their own"},
    Refusal{"zero_expert_num", "experts that do nothing"},
    Refusal{"mamba_dt_rank", "layers of Mamba's first version"},
};

template <std::size_t N>
std::optional<std::string> reason_in(const std::array<Refusal, N>& refusals,
                                     std::string_view word) {
  for (const Refusal& refusal : refusals) {
    if (refusal.word == word) {
      return std::string(refusal.reason);
    }
  }
  return std::nullopt;
}

std::string_view without_text(std::string_view model_type) {
  return model_type.ends_with("_text") ? model_type.substr(0, model_type.size() - 5) : model_type;
}

}  // namespace

HfFamily hf_family(std::string_view model_type) {
  const std::string_view name = without_text(model_type);
  const auto it = std::find_if(kFamilies.begin(), kFamilies.end(),
                               [&](const HfFamily& family) { return family.model_type == name; });
  return it != kFamilies.end() ? *it : HfFamily{model_type, kUnknown};
}

std::optional<std::string> refused_type(std::string_view model_type) {
  return reason_in(kRefusedTypes, without_text(model_type));
}

std::optional<std::string> refused_key(std::string_view key) {
  return reason_in(kRefusedKeys, key);
}

}  // namespace kvsim::config
