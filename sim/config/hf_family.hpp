// What a model_type of Hugging Face implies beyond the keys of its config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvsim::config {

/// Which layers a sliding_window is for when no list of layers says so.
enum class Window {
  Unsaid,    ///< the class has no sliding layers
  All,       ///< all of them
  FromLast,  ///< those from max_window_layers on, if use_sliding_window (Qwen)
  Period,    ///< all but every period-th one
};

struct HfFamily {
  std::string_view model_type;  ///< of a family that is not known: a view of what was asked for
  unsigned traits = 0;
  Window window = Window::Unsaid;
  std::int64_t period = 0;
  std::string_view experts_key = "";  ///< without it the file says nothing of its experts

  [[nodiscard]] bool is(unsigned trait) const { return (traits & trait) != 0; }
};

/// Defaults of the classes in transformers (configuration_*.py) and shapes of their layers
/// (modeling_*.py).
namespace trait {
inline constexpr unsigned kTied = 1;             ///< tie_word_embeddings is true when absent
inline constexpr unsigned kPlain = 2;            ///< the FFN has two matrices
inline constexpr unsigned kLearned = 4;          ///< positions have a matrix
inline constexpr unsigned kKvGiven = 8;          ///< absent KV heads are not as many as query heads
inline constexpr unsigned kHeadDimGiven = 16;    ///< absent head_dim is not hidden / heads
inline constexpr unsigned kExpertsWide = 32;     ///< intermediate_size is the width of an expert
inline constexpr unsigned kFourTimes = 64;       ///< absent intermediate_size is 4 · hidden_size
inline constexpr unsigned kOutputGate = 128;     ///< q_proj also yields a gate of the output
inline constexpr unsigned kMultiQuery = 256;     ///< multi_query is true when absent
inline constexpr unsigned kPositions2048 = 512;  ///< absent positions are 2048
inline constexpr unsigned kOneSharedExpert = 1024;  ///< as wide as a routed one, without a key
inline constexpr unsigned kNative = 2048;           ///< DeepSeek's own files: no model_type
inline constexpr unsigned kUnknown = 4096;          ///< a model_type that is not in the table
}  // namespace trait

/// "" is a file without model_type. A trailing "_text" does not matter.
[[nodiscard]] HfFamily hf_family(std::string_view model_type);

/// Why such a model cannot be described, e.g. "its layers are RWKV's"; nothing if it can.
[[nodiscard]] std::optional<std::string> refused_type(std::string_view model_type);
/// The same for a key that only such a model has.
[[nodiscard]] std::optional<std::string> refused_key(std::string_view key);

}  // namespace kvsim::config
