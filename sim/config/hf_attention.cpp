// How heads share keys and values, and how wide they are.
//
//   kv_lora_rank given                            mla
//   multi_query (not in Falcon's new decoder)     mqa, whatever num_kv_heads says
//   otherwise num_key_value_heads                 as many as heads: mha; 1: mqa; else gqa
#include <fmt/format.h>

#include "sim/config/hf_parts.hpp"

namespace kvsim::config {
namespace {

const Spellings kKvHeads = {"num_key_value_heads", "num_kv_heads", "n_kv_heads", "n_head_kv",
                            "num_query_groups"};
const Spellings kHeadDim = {"head_dim", "attention_head_dim"};

class Attention {
 public:
  explicit Attention(HfImport& import)
      : import_(import), file_(import.file), map_(make_map(file_.model().place)) {}

  void read();

 private:
  void mla(const Entry& rank);
  void heads();
  void shared_heads(const Place& place, std::int64_t kv_heads);
  void head_dim();
  void indexer();
  void sliding_widths();
  void global_widths(const Entry& width);
  void gate();
  [[nodiscard]] bool is_multi_query();
  void number(const std::string& ours, const Spellings& theirs) {
    copy_number(import_, map_, ours, theirs);
  }

  HfImport& import_;
  HfReader& file_;
  Node map_;
};

void Attention::indexer() {
  if (const Entry* top = file_.find({"index_topk"})) {
    Node indexer = make_map(top->place);
    copy_number(import_, indexer, "index_n_heads", {"index_n_heads"});
    copy_number(import_, indexer, "index_head_dim", {"index_head_dim"});
    copy_number(import_, indexer, "index_topk", {"index_topk"});
    put(map_, "indexer", std::move(indexer));
  }
}

void Attention::mla(const Entry& rank) {
  put(map_, "variant", word_at(rank.place, "mla"));
  number("kv_lora_rank", {"kv_lora_rank"});
  number("q_lora_rank", {"q_lora_rank"});
  number("qk_nope_head_dim", {"qk_nope_head_dim"});
  number("qk_rope_head_dim", {"qk_rope_head_dim"});
  number("v_head_dim", {"v_head_dim"});
  indexer();
  file_.ignore(kHeadDim);
  file_.ignore(kKvHeads);
  file_.ignore({"qk_head_dim", "q_lora_rank"});
}

bool Attention::is_multi_query() {
  const bool by_key = file_.flag("multi_query", import_.family.is(trait::kMultiQuery));
  const bool new_decoder = file_.flag("new_decoder_architecture", false);
  const Entry* kv = file_.find(kKvHeads);
  if (by_key && !new_decoder && kv != nullptr && file_.number_of(*kv) != 1) {
    file_.note(kv->place,
               fmt::format("{} = {} does not count beside multi_query: one KV head", kv->key,
                           to_text(kv->value)),
               kv->key, {"transformers ignores it unless new_decoder_architecture is true"});
  }
  return by_key && !new_decoder;
}

void Attention::shared_heads(const Place& place, std::int64_t kv_heads) {
  if (kv_heads == import_.heads) {
    put(map_, "variant", word_at(place, "mha"));
  } else if (kv_heads == 1) {
    put(map_, "variant", word_at(place, "mqa"));
  } else {
    put(map_, "variant", word_at(place, "gqa"));
    put(map_, "num_key_value_heads", number_at(place, kv_heads));
  }
}

void Attention::heads() {
  const Entry* kv = file_.find(kKvHeads);
  if (is_multi_query()) {
    const Entry* flag = file_.find({"multi_query"});
    shared_heads(flag == nullptr ? map_.place : flag->place, 1);
  } else if (kv != nullptr) {
    shared_heads(kv->value.place, file_.number_of(*kv).value_or(0));
  } else if (!import_.family.is(trait::kKvGiven)) {
    shared_heads(map_.place, import_.heads);
  } else {
    file_.error(file_.whole(), "key 'num_key_value_heads' is missing", "num_key_value_heads",
                {"how many heads keys and values have"});
  }
}

void Attention::head_dim() {
  if (file_.has(kHeadDim)) {
    number("head_dim", kHeadDim);
    return;
  }
  const Entry* hidden = find_entry(import_.model, "hidden_size");
  if (hidden == nullptr) {  // its own message
    put(map_, "head_dim", broken_node(map_.place));
    return;
  }
  const bool divides = import_.heads > 0 && import_.hidden % import_.heads == 0;
  if (import_.family.is(trait::kHeadDimGiven) || !divides) {
    file_.error(file_.whole(), "key 'head_dim' is missing", "head_dim",
                {divides ? "this model_type does not take hidden_size / num_attention_heads"
                         : "hidden_size is no multiple of num_attention_heads"});
    return;
  }
  put(map_, "head_dim", number_at(hidden->value.place, import_.hidden / import_.heads));
}

// Gemma 4: global_head_dim and num_global_key_value_heads are those of the full layers, head_dim
// and num_key_value_heads those of the sliding ones.
void Attention::global_widths(const Entry& width) {
  const bool equal = file_.flag("attention_k_eq_v", false);
  const Entry* kv = file_.find(kKvHeads);
  const Entry* global = file_.find({"num_global_key_value_heads"});
  if (kv == nullptr || !file_.has(kHeadDim)) {
    heads();
    head_dim();
    return;
  }
  const Entry& full = equal && global != nullptr ? *global : *kv;
  shared_heads(full.value.place, file_.number_of(full).value_or(0));
  put(map_, "head_dim", number_at(width.value.place, file_.number_of(width).value_or(0)));
  number("swa_num_key_value_heads", kKvHeads);
  number("swa_head_dim", kHeadDim);
  if (equal) {
    file_.note(find_entry(file_.model(), "attention_k_eq_v")->place,
               "full layers project keys and values by one matrix; two are counted",
               "attention_k_eq_v", {"the cache holds both: only keys are rotated"});
  }
}

// MiMo: sliding layers with heads of their own.
void Attention::sliding_widths() {
  number("v_head_dim", {"v_head_dim"});
  number("swa_num_key_value_heads", {"swa_num_key_value_heads"});
  number("swa_head_dim", {"swa_head_dim"});
  number("swa_v_head_dim", {"swa_v_head_dim"});
  const Entry* heads = file_.find({"swa_num_attention_heads"});
  if (heads != nullptr && file_.number_of(*heads) != import_.heads) {
    file_.error(heads->place, "sliding layers with another number of query heads",
                "swa_num_attention_heads", {"kvsim has one num_attention_heads for all layers"});
  }
}

void Attention::gate() {
  if (file_.flag("attn_output_gate", import_.family.is(trait::kOutputGate))) {
    const Entry* given = file_.find({"attn_output_gate"});
    put(map_, "attn_output_gate",
        word_at(given == nullptr ? map_.place : given->value.place, "true"));
  }
}

void Attention::read() {
  if (import_.heads <= 0) {  // its own message
    put(import_.model, "attention", broken_node(map_.place));
    return;
  }
  const Entry* rank = file_.find({"kv_lora_rank"});
  if (!file_.flag("use_mla", true)) {  // Hunyuan
    rank = nullptr;
    file_.ignore({"kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim"});
  }
  const Entry* global = file_.find({"global_head_dim"});
  file_.ignore({"num_global_key_value_heads", "attention_k_eq_v", "multi_query",
                "new_decoder_architecture"});
  if (rank != nullptr) {
    mla(*rank);
  } else if (global != nullptr) {
    global_widths(*global);
  } else {
    heads();
    head_dim();
    sliding_widths();
  }
  gate();
  put(import_.model, "attention", std::move(map_));
}

}  // namespace

void import_attention(HfImport& import) { Attention(import).read(); }

}  // namespace kvsim::config
