// The parts of a model that an import is made of; each puts its keys into `model`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/config/hf_family.hpp"
#include "sim/config/hf_reader.hpp"

namespace kvsim::config {

/// What the parts know of each other.
struct HfImport {
  HfReader& file;
  HfFamily family;
  Node& model;              ///< the tree that is built
  std::int64_t layers = 0;  ///< 0: missing or no such number, which the binder tells
  std::int64_t heads = 0;
  std::int64_t hidden = 0;
  std::vector<std::string> layer_types{};  ///< one per layer; empty: all full_attention
  std::vector<std::string> mlp_types{};    ///< one per layer; empty: the experts' keys decide
};

/// layer_types, sliding_window, attention_chunk_size, layers that share a cache.
void import_layers(HfImport& import);
/// linear_attention, if a layer has it.
void import_linear_attention(HfImport& import);
void import_attention(HfImport& import);
/// intermediate_size, mlp_layer_types and moe. `expert_dtype` is empty unless experts have a format
/// of their own.
void import_ffn(HfImport& import, const Node& expert_dtype);
/// dtype and weight_dtype; returns the format of the experts, or an empty node.
[[nodiscard]] Node import_formats(HfImport& import);

/// Puts a number under our key, if one of the spellings is given.
bool copy_number(HfImport& import, Node& to, const std::string& ours, const Spellings& spellings);
/// The shortest pattern that repeats to this list.
[[nodiscard]] std::vector<std::string> shortest_pattern(const std::vector<std::string>& list);
[[nodiscard]] Node words_at(const Place& place, const std::vector<std::string>& words);

}  // namespace kvsim::config
