// The FFN of each layer: dense, or experts of which every token uses some.
//
// Which layers have experts:
//   mlp_layer_types                                one word per layer
//   moe_layer_freq as a list, moe_layers           1 per layer with experts; their numbers
//   first_k_dense_replace, n_dense_layers          after the leading layers, every
//   moe_layer_freq-th decoder_sparse_step, mlp_only_layers           Qwen interleave_moe_layer_step
//   Llama 4: every n-th moe_layer_start_index, _end_index, _interval   Ernie
#include <fmt/format.h>

#include <algorithm>

#include "sim/config/hf_parts.hpp"

namespace kvsim::config {
namespace {

const Spellings kDenseWidth = {"intermediate_size", "n_inner",    "ffn_dim",
                               "inter_dim",         "hidden_dim", "ffn_hidden_size"};
const Spellings kExperts = {"n_routed_experts", "num_local_experts", "num_experts",
                            "moe_num_experts"};
const Spellings kPerToken = {"num_experts_per_tok",
                             "n_activated_experts",
                             "num_experts_per_token",
                             "experts_per_token",
                             "top_k_experts",
                             "moe_topk",
                             "moe_k",
                             "moe_top_k"};
const Spellings kExpertWidth = {"moe_intermediate_size", "moe_inter_dim", "expert_ffn_hidden_size",
                                "expert_intermediate_size"};
const Spellings kSharedExperts = {"n_shared_experts", "num_shared_experts", "num_shared_expert",
                                  "moe_num_shared_experts"};
const Spellings kSharedWidth = {"shared_expert_intermediate_size",
                                "moe_shared_expert_intermediate_size", "shared_intermediate_size"};
const Spellings kLeadingDense = {"first_k_dense_replace", "n_dense_layers", "num_dense_layers",
                                 "moe_layer_num_skipped"};

class Ffn {
 public:
  explicit Ffn(HfImport& import) : import_(import), file_(import.file) {}

  void read(const Node& expert_dtype);

 private:
  using Words = std::vector<std::string>;

  [[nodiscard]] const Entry* experts();
  void dense();
  void dense_width();
  void sparse(const Entry& experts, const Node& expert_dtype);
  void expert_width(Node& moe);
  void shared_experts(Node& moe);
  void layers(const Entry& experts, Node& moe);
  void put_layers(const Place& place, const Words& types, Node& moe);
  [[nodiscard]] Words types();
  [[nodiscard]] Words from_words(const Entry& entry);
  [[nodiscard]] Words from_list(const Entry& entry);
  [[nodiscard]] Words from_members(const Entry& entry);
  template <class IsSparse>
  [[nodiscard]] Words where(const IsSparse& is_sparse) const {
    Words types;
    for (std::int64_t layer = 0; layer < import_.layers; ++layer) {
      types.emplace_back(is_sparse(layer) ? "sparse" : "dense");
    }
    return types;
  }
  [[nodiscard]] bool some_layer_is(std::string_view type) const {
    const Words& types = import_.mlp_types;
    return std::find(types.begin(), types.end(), type) != types.end();
  }

  HfImport& import_;
  HfReader& file_;
};

const Entry* Ffn::experts() {
  const Entry* entry = file_.find(kExperts);
  const bool switched_off = !file_.flag("enable_moe_block", true) ||
                            (!import_.mlp_types.empty() && !some_layer_is("sparse"));
  if (switched_off) {
    return nullptr;
  }
  const std::string_view key = import_.family.experts_key;
  if (entry == nullptr && !key.empty() && find_entry(file_.model(), key) == nullptr) {
    file_.error(file_.whole(), fmt::format("key '{}' is missing", key), key,
                {fmt::format("a model of type '{}' has experts; without them write null",
                             import_.family.model_type)});
  }
  return entry != nullptr && file_.number_of(*entry).value_or(0) > 1 ? entry : nullptr;
}

void Ffn::dense_width() {
  if (!copy_number(import_, import_.model, "intermediate_size", kDenseWidth) &&
      import_.family.is(trait::kFourTimes) && import_.hidden > 0) {
    const Place& place = find_entry(import_.model, "hidden_size")->value.place;
    file_.note(place,
               fmt::format("intermediate_size = {} = 4 · hidden_size, the default of {}",
                           4 * import_.hidden, import_.family.model_type),
               "intermediate_size");
    put(import_.model, "intermediate_size", number_at(place, 4 * import_.hidden));
  }
}

void Ffn::dense() {
  // GraniteMoeHybrid without experts has its shared MLP only.
  const bool shared_only = import_.family.model_type == "granitemoehybrid" &&
                           file_.number_or({"shared_intermediate_size"}, 0) > 0;
  if (shared_only) {
    copy_number(import_, import_.model, "intermediate_size", {"shared_intermediate_size"});
    file_.ignore(kDenseWidth);
  } else {
    dense_width();
  }
  if (!import_.mlp_types.empty()) {
    put(import_.model, "mlp_layer_types",
        words_at(file_.model().place, shortest_pattern(import_.mlp_types)));
  }
}

void Ffn::expert_width(Node& moe) {
  if (file_.has(kExpertWidth)) {
    copy_number(import_, moe, "moe_intermediate_size", kExpertWidth);
    dense_width();
  } else if (import_.family.is(trait::kExpertsWide)) {
    copy_number(import_, moe, "moe_intermediate_size", kDenseWidth);
    copy_number(import_, import_.model, "intermediate_size", {"intermediate_size_mlp"});
  } else {
    file_.error(file_.whole(), "key 'moe_intermediate_size' is missing", "moe_intermediate_size",
                {"the hidden width of one expert"});
  }
}

void Ffn::shared_experts(Node& moe) {
  const std::int64_t count = file_.number_or(kSharedExperts, 0);
  const Entry* width = file_.find(kSharedWidth);
  const bool beside = file_.has({"enable_moe_block"});
  if (beside) {  // Gemma 4: the dense FFN works beside the experts
    copy_number(import_, moe, "shared_expert_intermediate_size", kDenseWidth);
  } else if (width != nullptr && file_.number_of(*width).value_or(0) > 0) {
    put(moe, "shared_expert_intermediate_size",
        number_at(width->value.place,
                  std::max<std::int64_t>(1, count) * file_.number_of(*width).value_or(0)));
  } else if (count > 0) {
    copy_number(import_, moe, "n_shared_experts", kSharedExperts);
  } else if (import_.family.is(trait::kOneSharedExpert)) {
    put(moe, "n_shared_experts", number_at(moe.place, 1));
  }
}

Ffn::Words Ffn::from_words(const Entry& entry) {
  Words types;
  const std::vector<Node>* items = file_.list(entry);
  for (const Node& item : items == nullptr ? std::vector<Node>{} : *items) {
    if (item.text != "dense" && item.text != "sparse") {
      file_.error(item.place, fmt::format("an FFN of type '{}' is not described", to_text(item)),
                  entry.key, {"known: dense, sparse"});
      return {};
    }
    types.push_back(item.text);
  }
  return types;
}

Ffn::Words Ffn::from_list(const Entry& entry) {
  Words types;
  for (const std::int64_t code : file_.numbers(entry)) {
    types.emplace_back(code == 0 ? "dense" : "sparse");
  }
  return types;
}

Ffn::Words Ffn::from_members(const Entry& entry) {
  const std::vector<std::int64_t> members = file_.numbers(entry);
  return where([&](std::int64_t layer) {
    return std::find(members.begin(), members.end(), layer) != members.end();
  });
}

Ffn::Words Ffn::types() {
  if (!import_.mlp_types.empty()) {
    return import_.mlp_types;
  }
  if (const Entry* words = file_.find({"mlp_layer_types"})) {
    return from_words(*words);
  }
  const Entry* members = file_.find({"moe_layers"});
  if (members != nullptr && !members->value.items.empty()) {
    return from_members(*members);
  }
  const Entry* every = file_.find({"moe_layer_freq", "moe_layer_frequency"});
  if (every != nullptr && every->value.kind == NodeKind::Sequence) {
    return from_list(*every);
  }
  const std::int64_t step = std::max<std::int64_t>(
      1, file_.number_or({"decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval"},
                         1));
  const std::int64_t frequency =
      std::max<std::int64_t>(1, every == nullptr ? 1 : file_.number_of(*every).value_or(1));
  const std::int64_t first =
      std::max(file_.number_or(kLeadingDense, 0), file_.number_or({"moe_layer_start_index"}, 0));
  const std::int64_t last = file_.number_or({"moe_layer_end_index"}, -1);
  const Entry* only = file_.find({"mlp_only_layers"});
  const std::vector<std::int64_t> dense =
      only == nullptr ? std::vector<std::int64_t>{} : file_.numbers(*only);
  return where([&](std::int64_t layer) {
    return layer >= first && (last < 0 || layer <= last) && layer % frequency == 0 &&
           (layer + 1) % step == 0 && std::find(dense.begin(), dense.end(), layer) == dense.end();
  });
}

// The words of our own: leading dense layers, or a pattern.
void Ffn::put_layers(const Place& place, const Words& types, Node& moe) {
  const auto first_sparse = std::find(types.begin(), types.end(), "sparse");
  const auto leading = first_sparse - types.begin();
  const bool rest_is_sparse =
      std::all_of(first_sparse, types.end(), [](const auto& type) { return type == "sparse"; }) &&
      std::all_of(types.begin(), first_sparse, [](const auto& type) { return type == "dense"; });
  if (!rest_is_sparse) {
    put(import_.model, "mlp_layer_types", words_at(place, shortest_pattern(types)));
  } else if (leading > 0) {
    put(moe, "first_k_dense_replace", number_at(place, leading));
  }
}

void Ffn::layers(const Entry& experts, Node& moe) {
  const Entry* by = file_.find(kLeadingDense);
  for (const Spellings& keys : {Spellings{"mlp_layer_types"}, Spellings{"moe_layer_freq"},
                                Spellings{"interleave_moe_layer_step"}}) {
    by = by == nullptr ? file_.find(keys) : by;
  }
  put_layers(by == nullptr ? experts.place : by->value.place, types(), moe);
}

void Ffn::sparse(const Entry& experts, const Node& expert_dtype) {
  Node moe = make_map(experts.place);
  copy_number(import_, moe, "n_routed_experts", kExperts);
  if (!copy_number(import_, moe, "num_experts_per_tok", kPerToken)) {
    file_.error(file_.whole(), "key 'num_experts_per_tok' is missing", "num_experts_per_tok",
                {"how many experts each token uses"});
  }
  expert_width(moe);
  shared_experts(moe);
  layers(experts, moe);
  if (expert_dtype.kind == NodeKind::Scalar) {
    put(moe, "expert_dtype", expert_dtype);
  }
  put(import_.model, "moe", std::move(moe));
}

void Ffn::read(const Node& expert_dtype) {
  if (!file_.flag("use_gated_activation", !import_.family.is(trait::kPlain))) {
    put(import_.model, "gated_mlp", word_at(file_.model().place, "false"));
  }
  const Entry* found = experts();
  if (found != nullptr) {
    sparse(*found, expert_dtype);
  } else {
    dense();
    if (expert_dtype.kind == NodeKind::Scalar) {
      file_.error(expert_dtype.place, "only the FFN is quantised, and it has no experts",
                  "quantization_config",
                  {"kvsim has one format for the matrices of all layers: drop this key from a copy "
                   "of the file and set model.weight_dtype"});
    }
  }
  for (const Spellings& keys :
       {kDenseWidth, kPerToken, kExpertWidth, kSharedExperts, kSharedWidth, kLeadingDense}) {
    file_.ignore(keys);
  }
  if (import_.family.model_type.starts_with("minimax")) {
    file_.ignore({"mlp_intermediate_size"});  // of a dense FFN that no layer has
  }
  file_.ignore({"mlp_layer_types", "moe_layers", "moe_layer_freq", "moe_layer_frequency",
                "decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval",
                "moe_layer_start_index", "moe_layer_end_index", "mlp_only_layers",
                "intermediate_size_mlp", "enable_moe_block", "use_mixed_mlp_moe", "use_moe"});
}

}  // namespace

void import_ffn(HfImport& import, const Node& expert_dtype) { Ffn(import).read(expert_dtype); }

}  // namespace kvsim::config
