// Number formats: dtype of the activations and, under quantization_config, of the weights.
//
// Read: fp8 (blocks or not), compressed-tensors, awq and gptq of 4 bits, mxfp4 (experts only),
// modelopt. Where the attention is left unquantised, the format is that of the experts.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/config/hf_parts.hpp"

namespace kvsim::config {
namespace {

const std::vector<std::string> kWayOut = {
    "drop quantization_config from a copy of the file and set model.weight_dtype"};

std::string text_in(const Node& map, std::string_view key) {
  const Entry* entry = find_entry(map, key);
  return entry == nullptr || is_unset(entry->value) ? "" : to_text(entry->value);
}

bool is_given(const Node& map, std::string_view key) {
  const Entry* entry = find_entry(map, key);
  return entry != nullptr && !is_unset(entry->value);
}

class Formats {
 public:
  explicit Formats(HfImport& import) : import_(import), file_(import.file) {}

  [[nodiscard]] Node read();

 private:
  [[nodiscard]] Node activations();
  [[nodiscard]] Node native(const Node& word);
  [[nodiscard]] Node assumed(const Place& place, const std::string& why);
  [[nodiscard]] std::string quantised(const Entry& entry);
  [[nodiscard]] std::string compressed_tensors(const Entry& entry);
  [[nodiscard]] std::string compressed_group(const Node& weights);
  [[nodiscard]] std::string modelopt(const Entry& entry);
  [[nodiscard]] std::string of_bits(const Entry& entry, std::string_view method);
  [[nodiscard]] std::string refuse(const Entry& entry, const std::string& what);
  [[nodiscard]] bool spares_attention(const Entry& entry);
  void note_group_size(const Node& map);
  [[nodiscard]] Node own_expert_dtype();

  HfImport& import_;
  HfReader& file_;
  std::string weights_;  // ours; empty: as the activations
};

// vLLM, config/model.py: float32, also by default, is served in 16 bits.
Node Formats::assumed(const Place& place, const std::string& why) {
  file_.note(place, fmt::format("{}: dtype = bf16", why), "dtype",
             {"vLLM casts float32 to bfloat16 from compute capability 8.0 on"});
  return word_at(place, "bf16");
}

Node Formats::native(const Node& word) {
  if (word.text == "fp8") {
    weights_ = "fp8_block";
  }
  return word_at(word.place, "bf16");
}

Node Formats::activations() {
  const Entry* entry = file_.find_anywhere({"dtype", "torch_dtype"});
  if (entry == nullptr) {
    return import_.family.is(trait::kNative) ? word_at(file_.model().place, "bf16")
                                             : assumed(file_.whole(), "torch_dtype is missing");
  }
  std::string word = entry->value.text;
  word = word.starts_with("torch.") ? word.substr(6) : word;
  if (word == "bfloat16" || word == "float16") {
    return word_at(entry->value.place, word == "float16" ? "fp16" : "bf16");
  }
  if (word == "float32" || word == "auto") {
    return assumed(entry->value.place, fmt::format("{} is {}", entry->key, word));
  }
  if (import_.family.is(trait::kNative) && (word == "fp8" || word == "bf16")) {
    return native(entry->value);
  }
  file_.error(entry->value.place, fmt::format("'{}' is no format of activations", word), entry->key,
              {"known: bfloat16, float16, float32"});
  return word_at(entry->value.place, "bf16");
}

std::string Formats::refuse(const Entry& entry, const std::string& what) {
  file_.error(entry.place, what, "quantization_config", kWayOut);
  return {};
}

// int4 here has one scale per 128 weights (dtype.hpp).
void Formats::note_group_size(const Node& map) {
  const Entry* size = find_entry(map, "group_size");
  if (size != nullptr && !is_unset(size->value) && size->value.text != "128") {
    file_.note(size->place,
               fmt::format("groups of {} weights: scales are counted as for groups of 128",
                           to_text(size->value)),
               "quantization_config.group_size");
  }
}

std::string Formats::of_bits(const Entry& entry, std::string_view method) {
  const std::string bits = text_in(entry.value, is_given(entry.value, "bits") ? "bits" : "w_bit");
  if (bits != "4") {
    return refuse(entry, fmt::format("{} of {} bits cannot be read", method,
                                     bits.empty() ? "unknown" : bits));
  }
  note_group_size(entry.value);
  return "int4";
}

std::string Formats::compressed_group(const Node& weights) {
  const std::string type = text_in(weights, "type");
  const std::string bits = text_in(weights, "num_bits");
  if (type == "float" && bits == "8") {
    return text_in(weights, "strategy") == "block" ? "fp8_block" : "fp8";
  }
  if (type == "float" && bits == "4") {
    return "nvfp4";
  }
  if (type == "int" && bits == "8") {
    return "int8";
  }
  if (type == "int" && bits == "4") {
    note_group_size(weights);
    return "int4";
  }
  return {};
}

std::string Formats::compressed_tensors(const Entry& entry) {
  const Entry* groups = find_entry(entry.value, "config_groups");
  std::string format;
  for (const Entry& group : groups == nullptr ? std::vector<Entry>{} : groups->value.entries) {
    const Entry* weights = find_entry(group.value, "weights");
    const std::string found = weights == nullptr ? "" : compressed_group(weights->value);
    if (found.empty() || (!format.empty() && found != format)) {
      return refuse(entry, fmt::format("compressed-tensors: {} cannot be read",
                                       found.empty() ? fmt::format("the weights of '{}'", group.key)
                                                     : "groups of several formats"));
    }
    format = found;
  }
  return format.empty() ? refuse(entry, "compressed-tensors without config_groups") : format;
}

std::string Formats::modelopt(const Entry& entry) {
  const Entry* inner = find_entry(entry.value, "quantization");
  std::string algorithm = text_in(entry.value, "quant_algo");
  algorithm =
      algorithm.empty() && inner != nullptr ? text_in(inner->value, "quant_algo") : algorithm;
  if (algorithm == "FP8") {
    return "fp8";
  }
  if (algorithm == "NVFP4") {
    return "nvfp4";
  }
  return refuse(entry, fmt::format("modelopt's quant_algo '{}' cannot be read", algorithm));
}

std::string Formats::quantised(const Entry& entry) {
  const std::string method = text_in(entry.value, "quant_method");
  if (method == "fp8" || method == "fbgemm_fp8") {
    return is_given(entry.value, "weight_block_size") ? "fp8_block" : "fp8";
  }
  if (method == "compressed-tensors") {
    return compressed_tensors(entry);
  }
  if (method == "awq" || method == "gptq") {
    return of_bits(entry, method);
  }
  if (method == "mxfp4") {
    return "mxfp4";
  }
  if (method.starts_with("modelopt")) {
    return modelopt(entry);
  }
  return refuse(entry, fmt::format("quant_method '{}' cannot be read", method));
}

// Whether modules that stay unquantised include the attention of all layers ("*.self_attn",
// "re:.*self_attn.*"). Others that are not embeddings, routers or norms get a note.
bool Formats::spares_attention(const Entry& entry) {
  for (const std::string_view key :
       {"modules_to_not_convert", "ignore", "exclude_modules", "ignored_layers"}) {
    const Entry* list = find_entry(entry.value, key);
    for (const Node& item : list == nullptr ? std::vector<Node>{} : list->value.items) {
      const std::size_t at = item.text.find("self_attn");
      const std::string rest = at == std::string::npos ? "?" : item.text.substr(at + 9);
      if (item.text.find('*') < at && (rest.empty() || rest == "*" || rest == ".*")) {
        return true;
      }
    }
    if (list != nullptr && list->value.items.size() > 1) {
      file_.note(list->place,
                 fmt::format("'{}': {} entries; all matrices of the layers are counted in one "
                             "format",
                             key, list->value.items.size()),
                 fmt::format("quantization_config.{}", key));
    }
  }
  return false;
}

Node Formats::own_expert_dtype() {
  const Entry* entry = file_.find({"expert_dtype"});
  if (entry == nullptr) {
    return {};
  }
  constexpr std::array<std::string_view, 3> kSame = {"fp8", "mxfp4", "nvfp4"};
  if (std::find(kSame.begin(), kSame.end(), entry->value.text) == kSame.end()) {
    file_.error(entry->value.place, fmt::format("'{}' is no format of experts", entry->value.text),
                "expert_dtype", {"known: fp8, mxfp4, nvfp4"});
  }
  return word_at(entry->value.place, entry->value.text);
}

Node Formats::read() {
  Node dtype = activations();
  Node experts = own_expert_dtype();
  Place place = dtype.place;
  const Entry* entry = file_.find_anywhere({"quantization_config", "compression_config"});
  if (entry != nullptr) {
    place = entry->place;
    const std::string format = quantised(*entry);
    if (format == "mxfp4" || (!format.empty() && spares_attention(*entry))) {
      experts = word_at(place, format);
    } else {
      weights_ = format;
    }
  }
  Node weights = word_at(place, weights_.empty() ? dtype.text : weights_);
  put(import_.model, "dtype", std::move(dtype));
  put(import_.model, "weight_dtype", std::move(weights));
  return experts;
}

}  // namespace

Node import_formats(HfImport& import) { return Formats(import).read(); }

}  // namespace kvsim::config
