#include "sim/config/hf_config.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "sim/config/hf_parts.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostLayers = 10'000;
const std::vector<std::string> kWaysOut = {
    "write the model in our words: configs/models has examples"};

// Lives as long as the file does.
std::string_view text_of(const Entry* entry) {
  const bool is_text = entry != nullptr && entry->value.kind == NodeKind::Scalar;
  return is_text ? std::string_view(entry->value.text) : std::string_view();
}

std::string last_part(const std::string& text, std::string_view separator) {
  const std::size_t at = text.rfind(separator);
  return at == std::string::npos ? text : text.substr(at + separator.size());
}

// Hugging Face's own cache: models--ORG--NAME/snapshots/HASH/config.json.
std::string name_of_folder(const fs::path& folder) {
  const fs::path above = folder.parent_path();
  return above.filename() == "snapshots" ? above.parent_path().filename().string()
                                         : folder.filename().string();
}

std::string name_of_file(const Source& source) {
  const fs::path file = fs::absolute(source.name).lexically_normal();
  const std::string stem = file.stem().string();
  return last_part(stem == "config" ? name_of_folder(file.parent_path()) : stem, "--");
}

class Importer {
 public:
  Importer(const Node& json, const std::string& path, Faults& faults)
      : file_(json, path, faults), json_(json) {}

  Node model();

 private:
  [[nodiscard]] bool refused();
  [[nodiscard]] bool refused_types();
  [[nodiscard]] bool refuse(const Place& place, std::string_view key, const std::string& what);
  [[nodiscard]] HfFamily family();
  void head(Node& model);
  void sizes(HfImport& import);
  void positions(HfImport& import);
  void embeddings(HfImport& import);
  void per_layer_embeddings(HfImport& import);
  void say_what_is_left_out();
  void report_missing(const Node& model);

  HfReader file_;
  const Node& json_;
};

bool Importer::refuse(const Place& place, std::string_view key, const std::string& what) {
  file_.error(place, what, key, {"its weights or its cache would be counted wrongly"});
  return true;
}

// Of the language model and, in a multimodal file, of the whole.
bool Importer::refused_types() {
  for (const Node* map : {&file_.model(), &json_}) {
    const Entry* type = find_entry(*map, "model_type");
    if (const auto reason = refused_type(text_of(type))) {
      return refuse(
          type->place, "model_type",
          fmt::format("a model of type '{}' cannot be read: {}", type->value.text, *reason));
    }
  }
  return false;
}

bool Importer::refused() {
  if (refused_types()) {
    return true;
  }
  const Entry* encoder = file_.find_anywhere({"is_encoder_decoder"});
  if (text_of(encoder) == "true") {
    return refuse(encoder->place, "is_encoder_decoder",
                  "a model with an encoder beside its decoder cannot be read");
  }
  for (const Entry& entry : file_.model().entries) {
    const auto what = refused_key(entry.key);
    if (what && !is_unset(entry.value)) {
      return refuse(entry.place, entry.key, fmt::format("'{}' means {}", entry.key, *what));
    }
  }
  return false;
}

HfFamily Importer::family() {
  const Entry* type = file_.find_anywhere({"model_type"});
  if (type == nullptr && file_.has({"inter_dim"})) {
    return {"DeepSeek's own file", trait::kNative};
  }
  HfFamily family = hf_family(text_of(type));
  if (family.is(trait::kUnknown)) {
    file_.note(type == nullptr ? file_.whole() : type->place,
               type == nullptr ? std::string("the file has no model_type")
                               : fmt::format("model_type '{}' is not known here", text_of(type)),
               "model_type", {"read by its keys, as a decoder with a gated FFN (gated_mlp: true)"});
  }
  return family;
}

void Importer::head(Node& model) {
  const Entry* type = file_.find_anywhere({"model_type"});
  const Entry* given = file_.find_anywhere({"_name_or_path"});
  std::string name = given == nullptr ? "" : last_part(given->value.text, "/");
  if (name.empty() || name == ".") {
    name = name_of_file(*json_.place.source);
  }
  Node text = word_at(given == nullptr ? json_.place : given->place, name);
  text.quoted = true;  // a model may be named 7
  put(model, "name", std::move(text));
  put(model, "source",
      word_at(type == nullptr ? json_.place : type->place,
              "Hugging Face config.json, model_type " +
                  (type == nullptr ? std::string("not given") : std::string(text_of(type)))));
}

void Importer::sizes(HfImport& import) {
  copy_number(import, import.model, "num_hidden_layers",
              {"num_hidden_layers", "n_layers", "n_layer", "num_layers"});
  copy_number(import, import.model, "hidden_size",
              {"hidden_size", "n_embd", "n_embed", "d_model", "dim"});
  copy_number(import, import.model, "num_attention_heads",
              {"num_attention_heads", "n_heads", "n_head", "num_heads"});
  copy_number(import, import.model, "vocab_size", {"vocab_size"});
  const auto value = [&](std::string_view key) {
    const Entry* entry = find_entry(import.model, key);
    return entry == nullptr ? 0 : file_.number_of(*entry).value_or(0);
  };
  import.layers = value("num_hidden_layers");
  import.layers = import.layers< 0 || import.layers > kMostLayers ? 0 : import.layers;
  import.heads = value("num_attention_heads");
  import.hidden = value("hidden_size");
}

void Importer::positions(HfImport& import) {
  const bool given = copy_number(import, import.model, "max_position_embeddings",
                                 {"max_position_embeddings", "n_positions", "max_sequence_length",
                                  "seq_length", "n_ctx", "max_seq_len", "model_max_length"});
  std::int64_t assumed = import.family.is(trait::kPositions2048) ? 2048 : 0;
  assumed = import.family.is(trait::kNative) ? 16384 : assumed;  // ModelArgs: 4096 · 4
  if (!given && assumed > 0) {
    file_.note(file_.whole(),
               fmt::format("max_position_embeddings = {}, the default of {}", assumed,
                           import.family.model_type),
               "max_position_embeddings");
    put(import.model, "max_position_embeddings", number_at(json_.place, assumed));
  }
  if (import.family.is(trait::kLearned)) {
    put(import.model, "learned_positions", word_at(json_.place, "true"));
  }
}

void Importer::embeddings(HfImport& import) {
  const Entry* projected = file_.find({"word_embed_proj_dim"});
  if (projected != nullptr && file_.number_of(*projected) != import.hidden) {
    file_.error(projected->place, "'word_embed_proj_dim' is not hidden_size", "word_embed_proj_dim",
                kWaysOut);
  }
  if (const Entry* tied = file_.find_anywhere({"tie_word_embeddings"})) {
    put(import.model, "tie_word_embeddings", tied->value);
  } else if (import.family.is(trait::kUnknown)) {
    file_.error(file_.whole(), "key 'tie_word_embeddings' is missing", "tie_word_embeddings",
                {"its default differs from model_type to model_type, and this one is not known"});
  } else {
    put(import.model, "tie_word_embeddings",
        word_at(json_.place, import.family.is(trait::kTied) ? "true" : "false"));
  }
}

void Importer::per_layer_embeddings(HfImport& import) {
  if (file_.number_or({"hidden_size_per_layer_input"}, 0) > 0) {
    copy_number(import, import.model, "hidden_size_per_layer_input",
                {"hidden_size_per_layer_input"});
    copy_number(import, import.model, "vocab_size_per_layer_input", {"vocab_size_per_layer_input"});
  }
  file_.ignore({"vocab_size_per_layer_input"});
}

void Importer::say_what_is_left_out() {
  if (text_of(file_.find({"model_type"})).starts_with("ernie")) {
    file_.ignore({"compression_ratio"});  // of positions
  }
  const Spellings mtp = {"num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_modules",
                         "mtp_num_layers"};
  if (const Entry* entry = file_.find(mtp); entry && file_.number_of(*entry).value_or(0) > 0) {
    file_.note(entry->place, "the layers of multi-token prediction are left out", entry->key,
               {"their weights and cache are not counted"});
  }
  file_.ignore(
      {"use_mtp", "mtp_transformer_layers", "num_mtp_heads", "mtp_hybrid_override_pattern"});
  if (const Entry* entry = file_.find({"laurel_rank"})) {
    file_.note(entry->place, "AltUp and LAuReL are left out: their matrices are small",
               "laurel_rank");
  }
  file_.ignore({"altup_active_idx", "altup_coef_clip", "altup_correct_scale", "altup_lr_multiplier",
                "altup_num_inputs"});
}

// What the binder will not come to tell, once something else is wrong.
void Importer::report_missing(const Node& model) {
  for (const std::string_view key : {"num_hidden_layers", "hidden_size", "num_attention_heads",
                                     "vocab_size", "max_position_embeddings"}) {
    if (find_entry(model, key) == nullptr) {
      file_.error(file_.whole(), fmt::format("key '{}' is missing", key), key,
                  {"add it to a copy of the file"});
    }
  }
}

Node Importer::model() {
  if (refused()) {
    return broken_node(json_.place);
  }
  Node model = make_map(json_.place);
  head(model);
  HfImport import{file_, family(), model};
  sizes(import);
  positions(import);
  embeddings(import);
  per_layer_embeddings(import);
  const Node expert_dtype = import_formats(import);
  import_layers(import);
  import_attention(import);
  import_linear_attention(import);
  import_ffn(import, expert_dtype);
  say_what_is_left_out();
  file_.report_unknown();
  if (file_.any_errors()) {
    report_missing(model);
    return broken_node(json_.place);
  }
  return model;
}

}  // namespace

bool copy_number(HfImport& import, Node& to, const std::string& ours, const Spellings& spellings) {
  const Entry* entry = import.file.find(spellings);
  const auto value = entry == nullptr ? std::nullopt : import.file.number_of(*entry);
  if (value) {
    to.entries.push_back({ours, entry->place, number_at(entry->value.place, *value)});
  }
  return value.has_value();
}

std::vector<std::string> shortest_pattern(const std::vector<std::string>& list) {
  for (std::size_t length = 1; length < list.size(); ++length) {
    bool repeats = true;
    for (std::size_t i = length; repeats && i < list.size(); ++i) {
      repeats = list[i] == list[i % length];
    }
    if (repeats) {
      return {list.begin(), list.begin() + static_cast<std::ptrdiff_t>(length)};
    }
  }
  return list;
}

Node words_at(const Place& place, const std::vector<std::string>& words) {
  Node list{.kind = NodeKind::Sequence, .place = place};
  for (const std::string& word : words) {
    list.items.push_back(word_at(place, word));
  }
  return list;
}

Node import_hf_config(const Node& json, const std::string& path, Faults& faults) {
  return json.kind == NodeKind::Map ? Importer(json, path, faults).model()
                                    : broken_node(json.place);
}

}  // namespace kvsim::config
