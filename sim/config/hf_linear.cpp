// Layers with a state of constant size: Mamba-2, gated delta networks, Kimi's delta attention and
// MiniMax's lightning attention.
#include <fmt/format.h>

#include <algorithm>

#include "sim/config/hf_parts.hpp"

namespace kvsim::config {
namespace {

bool has_linear_layers(const HfImport& import) {
  return std::find(import.layer_types.begin(), import.layer_types.end(), "linear_attention") !=
         import.layer_types.end();
}

Node map_of_kind(const Place& place, std::string kind) {
  Node map = make_map(place);
  put(map, "kind", word_at(place, std::move(kind)));
  return map;
}

Node gated_delta_net(HfImport& import, const Place& place) {
  Node map = map_of_kind(place, "gated_delta_net");
  copy_number(import, map, "num_heads", {"linear_num_value_heads"});
  copy_number(import, map, "head_dim", {"linear_value_head_dim"});
  copy_number(import, map, "num_key_heads", {"linear_num_key_heads"});
  copy_number(import, map, "key_head_dim", {"linear_key_head_dim"});
  copy_number(import, map, "conv_kernel", {"linear_conv_kernel_dim"});
  return map;
}

// All of its keys stand in one map: linear_attn_config.
Node kda(HfImport& import, const Entry& config) {
  Node map = map_of_kind(config.place, "kda");
  const auto copy = [&](std::string_view theirs, std::string ours) {
    const Entry* entry = find_entry(config.value, theirs);
    const auto value = entry == nullptr ? std::nullopt : import.file.number_of(*entry);
    if (value) {
      put(map, std::move(ours), number_at(entry->value.place, *value));
    }
  };
  copy("num_heads", "num_heads");
  copy("head_dim", "head_dim");
  copy("short_conv_kernel_size", "conv_kernel");
  return map;
}

// GraniteMoeHybridConfig and BambaConfig: mamba_d_head may be "auto".
void put_mamba_head_dim(HfImport& import, Node& map) {
  const Entry* width = import.file.find({"mamba_head_dim", "mamba_d_head"});
  const std::int64_t expand = import.file.number_or({"mamba_expand", "expand"}, 2);
  const std::int64_t heads = import.file.number_or({"mamba_num_heads", "mamba_n_heads"}, 0);
  if (width != nullptr && width->value.text != "auto") {
    copy_number(import, map, "head_dim", {"mamba_head_dim", "mamba_d_head"});
  } else if (width != nullptr && heads > 0) {
    put(map, "head_dim", number_at(width->value.place, expand * import.hidden / heads));
  }
}

Node mamba2(HfImport& import, const Place& place) {
  Node map = map_of_kind(place, "mamba2");
  copy_number(import, map, "num_heads", {"mamba_num_heads", "mamba_n_heads"});
  put_mamba_head_dim(import, map);
  copy_number(import, map, "n_groups", {"mamba_n_groups", "n_groups"});
  copy_number(import, map, "ssm_state_size", {"ssm_state_size", "mamba_d_state"});
  copy_number(import, map, "conv_kernel", {"conv_kernel", "mamba_d_conv"});
  return map;
}

// MiniMaxText01: the heads of the other layers.
Node lightning(HfImport& import, const Place& place) {
  Node map = map_of_kind(place, "lightning");
  put(map, "num_heads", number_at(place, import.heads));
  const bool given = copy_number(import, map, "head_dim", {"head_dim"});
  if (!given && import.heads > 0) {
    put(map, "head_dim", number_at(place, import.hidden / import.heads));
  }
  return map;
}

void put_state_dtype(HfImport& import, Node& map) {
  const Entry* dtype = import.file.find({"mamba_ssm_cache_dtype", "mamba_ssm_dtype"});
  if (dtype == nullptr) {
    return;
  }
  const std::string& word = dtype->value.text;
  if (word != "float32" && word != "bfloat16") {
    import.file.error(dtype->value.place, fmt::format("a state in '{}' is not described", word),
                      dtype->key, {"float32 and bfloat16 are"});
    return;
  }
  put(map, "state_dtype", word_at(dtype->value.place, word == "float32" ? "fp32" : "bf16"));
}

std::optional<Node> linear_layers(HfImport& import) {
  const auto place_of = [&](const Spellings& keys) -> const Entry* {
    return import.file.find(keys);
  };
  if (const Entry* entry = place_of({"linear_attn_config"})) {
    return kda(import, *entry);
  }
  if (const Entry* entry = place_of({"linear_num_value_heads"})) {
    return gated_delta_net(import, entry->place);
  }
  if (const Entry* entry = place_of({"mamba_num_heads", "mamba_n_heads"})) {
    return mamba2(import, entry->place);
  }
  if (const Entry* entry = place_of({"attn_type_list"})) {
    return lightning(import, entry->place);
  }
  if (const Entry* entry = place_of({"layer_types"});
      entry != nullptr && import.family.model_type.starts_with("minimax")) {
    return lightning(import, entry->place);
  }
  return std::nullopt;
}

}  // namespace

void import_linear_attention(HfImport& import) {
  auto map = has_linear_layers(import) ? linear_layers(import) : std::nullopt;
  if (map) {
    put_state_dtype(import, *map);
    put(import.model, "linear_attention", std::move(*map));
  } else if (has_linear_layers(import)) {
    import.file.error(import.file.whole(), "the widths of the linear layers are missing",
                      "linear_attention",
                      {"known: linear_num_value_heads, linear_attn_config, mamba_num_heads and "
                       "what belongs to them"});
  }
  import.file.ignore({"linear_num_value_heads", "linear_value_head_dim", "linear_num_key_heads",
                      "linear_key_head_dim", "linear_conv_kernel_dim", "mamba_num_heads",
                      "mamba_head_dim", "mamba_n_heads", "mamba_d_head", "mamba_n_groups",
                      "n_groups", "ssm_state_size", "mamba_d_state", "conv_kernel", "mamba_d_conv",
                      "mamba_expand", "expand", "mamba_ssm_dtype", "mamba_ssm_cache_dtype"});
}

}  // namespace kvsim::config
