// Keys of config.json files that change no byte of weights, cache or traffic.
#pragma once

#include <string_view>

namespace kvsim::config {

[[nodiscard]] bool is_without_effect(std::string_view key);
/// In the outer map of a multimodal model: about towers and tokens beside the language model.
[[nodiscard]] bool is_beside_the_language_model(std::string_view key);

}  // namespace kvsim::config
