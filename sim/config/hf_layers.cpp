// What each layer attends to. Files say it in ten ways; the first that is given counts.
//
//   layer_types, layers_block_type     one word per layer
//   hybrid_override_pattern            Nemotron-H: M Mamba-2, * attention, - dense FFN, E experts
//   linear_attn_config                 Kimi Linear: lists of layers, counted from 1
//   attn_type_list                     MiniMax: 0 linear, 1 full
//   hybrid_layer_pattern               MiMo: 1 sliding, 0 full
//   attn_layer_indices                 Bamba: the attention layers, the others are Mamba-2
//   full_attention_interval            Qwen3-Next: every n-th is full, the others linear
//   attention_chunk_size               Llama 4: chunks, but full where no_rope_layers is 0
//   sliding_window(_pattern)           by the family (hf_family.hpp)
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/config/hf_parts.hpp"
#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kFull = "full_attention";
constexpr std::string_view kSliding = "sliding_attention";
constexpr std::string_view kChunked = "chunked_attention";
constexpr std::string_view kLinear = "linear_attention";
constexpr std::string_view kNone = "none";

struct LayerWord {
  std::string_view theirs;
  std::string_view mixer;
  std::string_view ffn = "";  // only where a layer is either a mixer or an FFN
};
constexpr std::array kLayerWords = {
    LayerWord{"full_attention", kFull},       LayerWord{"attention", kFull},
    LayerWord{"sliding_attention", kSliding}, LayerWord{"chunked_attention", kChunked},
    LayerWord{"linear_attention", kLinear},   LayerWord{"mamba", kLinear},
};
constexpr std::array kLetters = {
    LayerWord{"M", kLinear, kNone},
    LayerWord{"*", kFull, kNone},
    LayerWord{"-", kNone, "dense"},
    LayerWord{"E", kNone, "sparse"},
};

class Layers {
 public:
  explicit Layers(HfImport& import) : import_(import), file_(import.file) {}

  void read();

 private:
  using Words = std::vector<std::string>;

  void decide();
  void from_words(const Entry& entry);
  void from_letters(const Entry& entry);
  void from_kimi(const Entry& entry);
  void from_codes(const Entry& entry, std::string_view zero, std::string_view one);
  void from_indices(const Entry& entry);
  void from_period(const Place& place, std::int64_t period, std::string_view others);
  void from_chunks();
  void from_window(const Entry& window);
  void from_window_pattern(const Entry& pattern);
  void from_last(const Entry& window);
  void take_window_keys();
  void set(const Place& place, Words types);
  void put_sizes();
  void put_shared_layers();
  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(import_.layers); }
  [[nodiscard]] bool any(std::string_view type) const {
    const Words& types = import_.layer_types;
    return std::find(types.begin(), types.end(), type) != types.end();
  }

  HfImport& import_;
  HfReader& file_;
  const Entry* window_ = nullptr;
  const Entry* pattern_ = nullptr;
  const Entry* from_layer_ = nullptr;
  const Entry* chunk_ = nullptr;
  const Entry* no_rope_ = nullptr;
  const Entry* interval_ = nullptr;
};

void Layers::set(const Place& place, Words types) {
  if (types.empty()) {
    return;
  }
  import_.layer_types = std::move(types);
  const Words pattern = shortest_pattern(import_.layer_types);
  if (pattern != Words{std::string(kFull)}) {
    put(import_.model, "layer_types", words_at(place, pattern));
  }
}

void Layers::from_words(const Entry& entry) {
  Words types;
  const std::vector<Node>* items = file_.list(entry);
  for (const Node& item : items == nullptr ? std::vector<Node>{} : *items) {
    const auto word = std::find_if(kLayerWords.begin(), kLayerWords.end(),
                                   [&](const LayerWord& each) { return each.theirs == item.text; });
    if (word == kLayerWords.end()) {
      file_.error(item.place, fmt::format("layers of type '{}' are not described", to_text(item)),
                  entry.key,
                  {"known: full_attention, sliding_attention, chunked_attention, linear_attention, "
                   "attention, mamba"});
      return;
    }
    types.emplace_back(word->mixer);
  }
  set(entry.value.place, std::move(types));
}

void Layers::from_letters(const Entry& entry) {
  Words types;
  for (const char letter : entry.value.text) {
    const auto word = std::find_if(kLetters.begin(), kLetters.end(), [&](const LayerWord& each) {
      return each.theirs.front() == letter;
    });
    if (word == kLetters.end()) {
      file_.error(entry.value.place, fmt::format("layers of type '{}' are not described", letter),
                  entry.key, {"known: M, *, - and E"});
      return;
    }
    types.emplace_back(word->mixer);
    import_.mlp_types.emplace_back(word->ffn);
  }
  set(entry.value.place, std::move(types));
}

void Layers::from_kimi(const Entry& entry) {
  const Entry* full = find_entry(entry.value, "full_attn_layers");
  if (full == nullptr || count() == 0) {
    file_.error(entry.place, "'full_attn_layers' is missing", "linear_attn_config",
                {"a list of layers, counted from 1"});
    return;
  }
  Words types(count(), std::string(kLinear));
  for (const std::int64_t layer : file_.numbers(*full)) {
    if (layer < 1 || layer > import_.layers) {
      file_.error(full->value.place, fmt::format("there is no layer {}", layer),
                  "linear_attn_config.full_attn_layers", {"layers count from 1 here"});
      return;
    }
    types[static_cast<std::size_t>(layer - 1)] = kFull;
  }
  set(entry.value.place, std::move(types));
}

void Layers::from_codes(const Entry& entry, std::string_view zero, std::string_view one) {
  Words types;
  for (const std::int64_t code : file_.numbers(entry)) {
    types.emplace_back(code == 0 ? zero : one);
  }
  set(entry.value.place, std::move(types));
}

void Layers::from_indices(const Entry& entry) {
  Words types(count(), std::string(kLinear));
  for (const std::int64_t layer : file_.numbers(entry)) {
    if (layer >= 0 && layer < import_.layers) {
      types[static_cast<std::size_t>(layer)] = kFull;
    }
  }
  set(entry.value.place, std::move(types));
}

void Layers::from_period(const Place& place, std::int64_t period, std::string_view others) {
  Words types;
  for (std::int64_t layer = 0; period > 0 && layer < import_.layers; ++layer) {
    types.emplace_back((layer + 1) % period == 0 ? kFull : others);
  }
  if (import_.family.model_type == "gemma4" && !types.empty()) {
    types.back() = kFull;  // Gemma4TextConfig
  }
  set(place, std::move(types));
}

// Llama4TextConfig: a layer without rotary positions is full, and by default every fourth is one.
void Layers::from_chunks() {
  if (no_rope_ != nullptr && no_rope_->value.kind == NodeKind::Sequence &&
      !no_rope_->value.items.empty()) {
    from_codes(*no_rope_, kFull, kChunked);
    return;
  }
  const Entry* every = file_.find({"no_rope_layer_interval"});
  from_period(chunk_->value.place, every == nullptr ? 4 : file_.number_of(*every).value_or(4),
              kChunked);
}

// A number n: every n-th layer is full. EXAONE writes letters: LLLG.
void Layers::from_window_pattern(const Entry& pattern) {
  const std::string& text = pattern.value.text;
  if (text.empty() || text.find_first_not_of("LG") != std::string::npos) {
    from_period(pattern.value.place, file_.number_of(pattern).value_or(0), kSliding);
    return;
  }
  Words types;
  for (std::size_t layer = 0; layer < count(); ++layer) {
    types.emplace_back(text[layer % text.size()] == 'G' ? kFull : kSliding);
  }
  set(pattern.value.place, std::move(types));
}

// Qwen2Config: layers from max_window_layers on slide.
void Layers::from_last(const Entry& window) {
  if (from_layer_ == nullptr) {
    file_.error(window.place, "'sliding_window' without 'max_window_layers'", "sliding_window",
                {"say from which layer on layers slide"});
    return;
  }
  const std::int64_t first = file_.number_of(*from_layer_).value_or(0);
  Words types;
  for (std::int64_t layer = 0; layer < import_.layers; ++layer) {
    types.emplace_back(layer >= first ? kSliding : kFull);
  }
  set(window.value.place, std::move(types));
}

void Layers::from_window(const Entry& window) {
  switch (import_.family.window) {
    case Window::All:
      set(window.value.place, Words(std::max<std::size_t>(1, count()), std::string(kSliding)));
      return;
    case Window::FromLast:
      from_last(window);
      return;
    case Window::Period:
      if (pattern_ != nullptr) {
        from_window_pattern(*pattern_);
      } else {
        from_period(window.value.place, import_.family.period, kSliding);
      }
      return;
    case Window::Unsaid:
      break;
  }
  if (pattern_ != nullptr) {
    from_window_pattern(*pattern_);
    return;
  }
  file_.error(window.place, "which layers 'sliding_window' is for is not said", "sliding_window",
              {"add layer_types, one word per layer, or set sliding_window to null"});
}

// Understood whatever decides in the end.
void Layers::take_window_keys() {
  window_ = file_.find({"sliding_window", "sliding_window_size", "window_size"});
  pattern_ = file_.find({"sliding_window_pattern", "_sliding_window_pattern"});
  from_layer_ = file_.find({"max_window_layers"});
  chunk_ = file_.find({"attention_chunk_size"});
  no_rope_ = file_.find({"no_rope_layers"});
  interval_ = file_.find({"full_attention_interval"});
  file_.ignore({"no_rope_layer_interval", "hybrid_block_size", "layer_switch",
                "order_of_interleaved_layers"});
  const bool by_flag = import_.family.window == Window::FromLast;
  if (window_ != nullptr && !file_.flag("use_sliding_window", !by_flag)) {
    window_ = nullptr;
  }
  file_.ignore({"use_sliding_window"});
}

void Layers::decide() {
  const auto* words = file_.find({"layer_types", "layers_block_type"});
  const auto* letters = file_.find({"hybrid_override_pattern"});
  const auto* kimi = file_.find({"linear_attn_config"});
  const auto* minimax = file_.find({"attn_type_list"});
  const auto* mimo = file_.find({"hybrid_layer_pattern"});
  const auto* bamba = file_.find({"attn_layer_indices"});
  if (letters != nullptr) {
    from_letters(*letters);
  } else if (words != nullptr) {
    from_words(*words);
  } else if (kimi != nullptr) {
    from_kimi(*kimi);
  } else if (minimax != nullptr) {
    from_codes(*minimax, kLinear, kFull);
  } else if (mimo != nullptr) {
    from_codes(*mimo, kFull, kSliding);
  } else if (bamba != nullptr) {
    from_indices(*bamba);
  } else if (interval_ != nullptr) {
    from_period(interval_->value.place, file_.number_of(*interval_).value_or(0), kLinear);
  } else if (import_.family.is(trait::kOutputGate)) {
    from_period(file_.whole(), import_.family.period, kLinear);  // Qwen3NextConfig
  } else if (chunk_ != nullptr) {
    from_chunks();
  } else if (window_ != nullptr) {
    from_window(*window_);
  }
}

void Layers::put_sizes() {
  if (any(kSliding) && window_ == nullptr) {
    window_ = file_.find({"sliding_window", "sliding_window_size", "window_size"});
  }
  if (any(kSliding) && window_ != nullptr) {
    put(import_.model, "sliding_window",
        number_at(window_->value.place, file_.number_of(*window_).value_or(0)));
  }
  if (any(kChunked) && chunk_ != nullptr) {
    put(import_.model, "attention_chunk_size",
        number_at(chunk_->value.place, file_.number_of(*chunk_).value_or(0)));
  }
}

void Layers::put_shared_layers() {
  if (file_.number_or({"num_kv_shared_layers"}, 0) > 0) {
    copy_number(import_, import_.model, "num_kv_shared_layers", {"num_kv_shared_layers"});
  }
  const bool shares = file_.flag("use_cla", true);
  if (shares && file_.number_or({"cla_share_factor"}, 1) > 1) {
    copy_number(import_, import_.model, "cla_share_factor", {"cla_share_factor"});
  }
  file_.ignore({"cla_share_factor"});
  const Entry* wide = file_.find({"use_double_wide_mlp"});
  if (wide != nullptr && wide->value.text == "true") {
    file_.error(wide->place, "layers with an FFN of twice the width are not described",
                "use_double_wide_mlp", {"kvsim has one intermediate_size for all dense layers"});
  }
}

void Layers::read() {
  take_window_keys();
  decide();
  put_sizes();
  put_shared_layers();
}

}  // namespace

void import_layers(HfImport& import) { Layers(import).read(); }

}  // namespace kvsim::config
