// A Hugging Face config.json as a model: its keys, whatever their spelling, in ours.
//
//   hf_reader.hpp     the file: spellings, nesting in text_config, what was not understood
//   hf_family.hpp     what a model_type implies without saying so, and the types that are refused
//   hf_parts.hpp      attention, layers, experts, number formats: one file each
//   hf_keys.hpp       keys without effect on weights, cache and traffic
//
// A key that nothing here understands is an error, because it may change any of the three. What a
// class of Hugging Face's transformers sets by default is taken over with a note. Nothing is
// downloaded. Left out: vision and audio towers, and the layers of multi-token prediction.
#pragma once

#include <string>

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

/// The tree of a model file, whose values keep their places in the JSON; Broken if something is
/// wrong. `path` is where the model stands in a study.
[[nodiscard]] Node import_hf_config(const Node& json, const std::string& path, Faults& faults);

}  // namespace kvsim::config
