// A Hugging Face config.json that cannot be a model.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

std::string error_of(std::string_view json) {
  const StudyFolder folder;
  folder.write("config.json", json);
  return folder.complaints(
      [&] { (void)load_model(folder.path("config.json").string(), shipped_library()); });
}

constexpr std::string_view kSizes = R"(
"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 2,
"intermediate_size": 160, "vocab_size": 1000, "max_position_embeddings": 512,
"torch_dtype": "bfloat16"})";

std::string llama(std::string_view more) {
  return "{\n\"model_type\": \"llama\",\n" + std::string(more) + std::string(kSizes);
}

TEST(HfConfigErrors, UnknownKeysAreToldAllAtOnce) {
  EXPECT_EQ(error_of(llama("\"hidden_sise\": 7, \"ring_size\": 3,\n\"moe_router\": null,")),
            R"(config.json:3:1: error: 'hidden_sise' is not understood [model.hidden_sise]
    "hidden_sise": 7, "ring_size": 3,
    ^
    note: it may change weights or cache; if it does not, drop it from a copy of the file
    note: or write the model in our words: configs/models has examples
config.json:3:19: error: 'ring_size' is not understood [model.ring_size]
    "hidden_sise": 7, "ring_size": 3,
                      ^
    note: it may change weights or cache; if it does not, drop it from a copy of the file
    note: or write the model in our words: configs/models has examples
)");
}

TEST(HfConfigErrors, UnknownKeysOfAMultimodalFile) {
  EXPECT_EQ(error_of("{\"model_type\": \"seeing\", \"memory_slots\": 3,\n\"text_config\": " +
                     llama("\"ring_size\": 3,") + "}"),
            R"(config.json:1:26: error: 'memory_slots' is not understood [model.memory_slots]
    {"model_type": "seeing", "memory_slots": 3,
                             ^
    note: it may change weights or cache; if it does not, drop it from a copy of the file
    note: or write the model in our words: configs/models has examples
config.json:4:1: error: 'ring_size' is not understood [model.ring_size]
    "ring_size": 3,
    ^
    note: it may change weights or cache; if it does not, drop it from a copy of the file
    note: or write the model in our words: configs/models has examples
)");
}

TEST(HfConfigErrors, MissingKeys) {
  EXPECT_EQ(error_of(R"({"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 4,
"num_attention_heads": 8, "intermediate_size": 160, "max_position_embeddings": 512})"),
            R"(config.json: error: key 'vocab_size' is missing [model.vocab_size]
    note: vocab_size: tokens of the vocabulary
)");
  EXPECT_EQ(error_of(R"({"model_type": "qwen3_moe", "hidden_size": 64, "num_hidden_layers": 4,
"num_attention_heads": 8, "head_dim": 8, "num_key_value_heads": 2, "vocab_size": 1000})"),
            R"(config.json: error: key 'num_experts' is missing [model.num_experts]
    note: a model of type 'qwen3_moe' has experts; without them write null
config.json: error: key 'max_position_embeddings' is missing [model.max_position_embeddings]
    note: add it to a copy of the file
)");
}

TEST(HfConfigErrors, AMissingKeyCanBeAddedOnTop) {
  const StudyFolder folder;
  folder.write("config.json", R"({"model_type": "llama", "hidden_size": 64,
"num_hidden_layers": 4, "num_attention_heads": 8, "intermediate_size": 160,
"max_position_embeddings": 512, "torch_dtype": "float16"})");
  folder.write("mine.yaml", "extends: config.json\nvocab_size: 1000\n");
  EXPECT_EQ(load_model(folder.path("mine.yaml").string(), shipped_library()).vocab_size, 1000);
}

TEST(HfConfigErrors, KvHeadsAndWidthsThatTheTypeDoesNotImply) {
  EXPECT_EQ(error_of(R"({"model_type": "gemma", "hidden_size": 64, "num_hidden_layers": 4,
"num_attention_heads": 8, "intermediate_size": 160, "vocab_size": 1000,
"max_position_embeddings": 512, "torch_dtype": "bfloat16"})"),
            R"(config.json: error: key 'num_key_value_heads' is missing [model.num_key_value_heads]
    note: how many heads keys and values have
config.json: error: key 'head_dim' is missing [model.head_dim]
    note: this model_type does not take hidden_size / num_attention_heads
)");
}

TEST(HfConfigErrors, RefusedTypes) {
  EXPECT_EQ(
      error_of(R"({"model_type": "deepseek_v4", "compress_ratios": [0, 4], "whatever": 1})"),
      R"(config.json:1:2: error: a model of type 'deepseek_v4' cannot be read: its cache is compressed differently in each layer and its residual stream has several lanes [model.model_type]
    {"model_type": "deepseek_v4", "compress_ratios": [0, 4], "whatever": 1}
     ^
    note: its weights or its cache would be counted wrongly
)");
  EXPECT_EQ(
      error_of(llama("\"is_encoder_decoder\": true,")),
      R"(config.json:3:1: error: a model with an encoder beside its decoder cannot be read [model.is_encoder_decoder]
    "is_encoder_decoder": true,
    ^
    note: its weights or its cache would be counted wrongly
)");
  EXPECT_EQ(
      error_of(llama("\"hc_mult\": 4,")),
      R"(config.json:3:1: error: 'hc_mult' means hyper-connections: a residual stream of several lanes [model.hc_mult]
    "hc_mult": 4,
    ^
    note: its weights or its cache would be counted wrongly
)");
}

TEST(HfConfigErrors, UnknownTypesNeedTheKeysWhoseDefaultsDiffer) {
  EXPECT_EQ(error_of("{\"model_type\": \"brand_new\"," + std::string(kSizes)),
            R"(config.json: error: key 'tie_word_embeddings' is missing [model.tie_word_embeddings]
    note: its default differs from model_type to model_type, and this one is not known
)");
  EXPECT_EQ(error_of("{\"model_type\": \"brand_new\", \"tie_word_embeddings\": false," +
                     std::string(kSizes)),
            "");
}

TEST(HfConfigErrors, Quantization) {
  EXPECT_EQ(
      error_of(llama(R"("quantization_config": {"quant_method": "bitsandbytes"},)")),
      R"(config.json:3:1: error: quant_method 'bitsandbytes' cannot be read [model.quantization_config]
    "quantization_config": {"quant_method": "bitsandbytes"},
    ^
    note: drop quantization_config from a copy of the file and set model.weight_dtype
)");
  EXPECT_EQ(error_of(llama(R"("quantization_config": {"quant_method": "gptq", "bits": 3},)")),
            R"(config.json:3:1: error: gptq of 3 bits cannot be read [model.quantization_config]
    "quantization_config": {"quant_method": "gptq", "bits": 3},
    ^
    note: drop quantization_config from a copy of the file and set model.weight_dtype
)");
}

TEST(HfConfigErrors, Layers) {
  EXPECT_EQ(error_of(llama(R"("layer_types": ["full_attention", "conv"],)")),
            R"(config.json:3:35: error: layers of type 'conv' are not described [model.layer_types]
    "layer_types": ["full_attention", "conv"],
                                      ^
    note: known: full_attention, sliding_attention, chunked_attention, linear_attention, attention, mamba
)");
  EXPECT_EQ(
      error_of(llama(R"("sliding_window": 32,)")),
      R"(config.json:3:1: error: which layers 'sliding_window' is for is not said [model.sliding_window]
    "sliding_window": 32,
    ^
    note: add layer_types, one word per layer, or set sliding_window to null
)");
}

TEST(HfConfigErrors, ListsThatDifferFromLayerToLayer) {
  EXPECT_EQ(
      error_of(R"({"model_type": "llama", "intermediate_size": [160, 320],
"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8, "vocab_size": 1000,
"max_position_embeddings": 512, "torch_dtype": "bfloat16"})"),
      R"(config.json:1:25: error: 'intermediate_size' differs from layer to layer [model.intermediate_size]
    {"model_type": "llama", "intermediate_size": [160, 320],
                            ^
    note: kvsim has one such width for all layers of a model
)");
}

TEST(HfConfigErrors, SpellingsThatDisagree) {
  EXPECT_EQ(error_of(llama("\"n_layer\": 5,")),
            R"(config.json:3:1: error: 'n_layer' is 5, but 'num_hidden_layers' is 4 [model.n_layer]
    "n_layer": 5,
    ^
    note: both mean the same: keep the one that is right
)");
}

TEST(HfConfigErrors, ValuesAreToldWhereTheyStand) {
  EXPECT_EQ(error_of(llama("\"head_dim\": 0,")),
            R"(config.json:3:13: error: '0' is too small [model.attention.head_dim]
    "head_dim": 0,
                ^
    note: head_dim must be at least 1
)");
  EXPECT_EQ(error_of(llama("\"head_dim\": \"8\",")),
            R"(config.json:3:13: error: 'head_dim' is 8, but must be a whole number [model.head_dim]
    "head_dim": "8",
                ^
    note: write it as in the files of Hugging Face: 4096, without quotes
)");
}

TEST(HfConfigErrors, OnlyAModelIsReadFromJson) {
  const StudyFolder folder;
  folder.write("gpu.json", "{\"name\": \"mine\"}");
  EXPECT_EQ(folder.errors_in(good_study(), {"cluster.gpu=" + folder.path("gpu.json").string()}),
            R"(gpu.json:1:1: error: a cluster.gpu is not read from JSON [cluster.gpu]
    {"name": "mine"}
    ^
    note: only a model is: Hugging Face's config.json
)");
}

}  // namespace
}  // namespace kvsim::config
