// Does the schema say what the field tables and the parsers do?
#include "sim/config/schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

namespace kvsim::config {
namespace {

using Json = nlohmann::json;

Json schema(DocumentKind kind) { return Json::parse(json_schema(kind)); }

const FieldNode& at(const FieldNode& map, std::string_view key) {
  const FieldNode* node = map.find(key);
  EXPECT_NE(node, nullptr) << key;
  return *node;
}

TEST(Schema, IsTheSameEveryTime) {
  EXPECT_EQ(json_schema(DocumentKind::Study), json_schema(DocumentKind::Study));
}

TEST(Schema, PatternsAgreeWithTheParserOnEveryUnit) {
  for (const Dimension dimension :
       {Dimension::Count, Dimension::Size, Dimension::Bandwidth, Dimension::ComputeRate,
        Dimension::Time, Dimension::Rate, Dimension::Power}) {
    const std::regex pattern(quantity_pattern(dimension, true));
    for (const char* number : {"1", "1.5", ".5", "2.", "0", "0.25", "1e3", "1.5E-3", "-2", "+2",
                               "010", "00", "", "1_000", "0x10", "inf", "1e", "--1", "1.2.3"}) {
      for (const char* unit :
           {"k",       "M",   "B",   "kB",   "KB",   "MB",   "GB",    "TB",    "KiB",     "MiB",
            "GiB",     "TiB", "B/s", "MB/s", "GB/s", "TB/s", "GiB/s", "TiB/s", "GFLOP/s", "TFLOP/s",
            "PFLOP/s", "ns",  "us",  "ms",   "s",    "min",  "h",     "/s",    "/min",    "/h",
            "W",       "kW",  "mW",  "gb",   "Gb",   "sec",  "/sec",  "x"}) {
        for (const char* blank : {"", " ", "  "}) {
          const std::string text = std::string(number) + blank + unit;
          EXPECT_EQ(std::regex_match(text, pattern),
                    parse_number(text, dimension).value.has_value())
              << text;
        }
      }
    }
  }
}

// 256 is a number in YAML; "256" in quotes is text, which kvsim refuses.
TEST(Schema, CountsAsTextNeedAPrefixOrAnExponent) {
  const std::regex pattern(quantity_pattern(Dimension::Count, false));
  EXPECT_TRUE(std::regex_match("8k", pattern));
  EXPECT_TRUE(std::regex_match("1e6", pattern));
  EXPECT_FALSE(std::regex_match("256", pattern));
  EXPECT_FALSE(std::regex_match("-8k", pattern));
}

TEST(Schema, CarriesHelpLimitsAndDefaultsOfTheTables) {
  const Json engine = schema(DocumentKind::Engine)["properties"];
  EXPECT_EQ(engine["block_size"]["description"], "tokens of one KV block");
  EXPECT_EQ(engine["block_size"]["minimum"], 1);
  EXPECT_EQ(engine["block_size"]["default"], 16);
  EXPECT_EQ(engine["gpu_memory_utilization"]["exclusiveMinimum"], 0);
  EXPECT_EQ(engine["gpu_memory_utilization"]["maximum"], 1);
  EXPECT_EQ(engine["kv_cache_dtype"]["default"], "auto");
  EXPECT_FALSE(engine["max_num_seqs"].contains("default"));  // absent: by GPU
  EXPECT_FALSE(engine.contains("profile"));                  // the file is the profile
  EXPECT_TRUE(engine.contains("tp_size"));
}

TEST(Schema, StudyMayNameWhatAFileHolds) {
  const Json study = schema(DocumentKind::Study)["properties"];
  EXPECT_EQ(study["model"]["type"], Json({"object", "string"}));
  EXPECT_EQ(study["cluster"]["properties"]["gpu"]["type"], Json({"object", "string"}));
  EXPECT_EQ(study["variants"]["items"]["properties"]["model.attention"]["$ref"],
            "#/properties/model/properties/attention");
  EXPECT_FALSE(study["variants"]["items"]["properties"].contains("report.template"));
}

TEST(FieldTree, KnowsWhichKeysBelongToAChoice) {
  const FieldNode model = document_tree(DocumentKind::Model);
  const FieldNode& attention = at(model, "attention");
  ASSERT_EQ(attention.branches.size(), 4U);
  const Branch& mla = attention.branches.back();
  EXPECT_EQ(mla.value, "mla");
  EXPECT_EQ(mla.barred, (std::vector<std::string>{"num_key_value_heads", "head_dim",
                                                  "swa_num_key_value_heads", "swa_head_dim",
                                                  "swa_v_head_dim", "attn_output_gate", "nsa"}));
  EXPECT_EQ(mla.needed,
            (std::vector<std::string>{"kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim"}));
  EXPECT_TRUE(at(attention, "q_lora_rank").conditional);
  EXPECT_FALSE(at(attention, "variant").conditional);
}

TEST(FieldTree, KeepsAlternativesApartFromChoices) {
  const FieldNode card = document_tree(DocumentKind::Card);
  EXPECT_EQ(card.alternatives, (std::vector<std::string>{"streaming", "decode", "gemm", "prefill",
                                                         "moe", "collective", "link", "host"}));
  EXPECT_TRUE(card.branches.empty());
}

}  // namespace
}  // namespace kvsim::config
