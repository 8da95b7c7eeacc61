#include "sim/config/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kAttention = "model.attention";

std::string text_of(const Node& map, std::string_view key) {
  const Entry* entry = find_entry(map, key);
  return entry != nullptr && entry->value.kind == NodeKind::Scalar ? entry->value.text : "";
}

bool changes_variant(const Node& base, const Node& over) {
  const std::string variant = text_of(over, "variant");
  return !variant.empty() && variant != text_of(base, "variant");
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

}  // namespace

void Merger::merge(Node& base, Node over, const std::string& path) const {
  if (base.kind == NodeKind::Broken && over.kind == NodeKind::Map && !over.replaces) {
    return;
  }
  if (over.replaces || over.kind != NodeKind::Map || base.kind != NodeKind::Map) {
    base = std::move(over);
    return;
  }
  if (path == kAttention && changes_variant(base, over)) {
    replace_attention(base, std::move(over));
    return;
  }
  drop_other_alternatives(base, over, path);
  for (Entry& entry : over.entries) {
    merge_entry(base, std::move(entry), path);
  }
}

void Merger::merge_entry(Node& base, Entry over, const std::string& path) const {
  if (is_unset(over.value)) {
    erase_entry(base, over.key);
    return;
  }
  Entry* old = find_entry(base, over.key);
  if (old == nullptr) {
    base.entries.push_back(std::move(over));
    return;
  }
  const bool both_maps = over.value.kind == NodeKind::Map && old->value.kind == NodeKind::Map;
  if (!both_maps || over.value.replaces) {
    old->place = over.place;
  }
  merge(old->value, std::move(over.value), joined_path(path, over.key));
}

void Merger::drop_other_alternatives(Node& base, const Node& over, const std::string& path) const {
  const std::vector<std::string>& words = table_.alternatives(path);
  const auto given = [&](const std::string& word) { return find_entry(over, word) != nullptr; };
  if (std::none_of(words.begin(), words.end(), given)) {
    return;
  }
  for (const std::string& word : words) {
    if (!given(word)) {
      erase_entry(base, word);
    }
  }
}

void Merger::replace_attention(Node& base, Node over) const {
  const bool needs_head_dim =
      text_of(over, "variant") != "mla" && find_entry(over, "head_dim") == nullptr;
  if (needs_head_dim) {
    carry_over_head_dim(base, over);
  }
  base = std::move(over);
}

void Merger::carry_over_head_dim(const Node& base, Node& over) const {
  const std::string old_variant = text_of(base, "variant");
  const std::string_view source_key = old_variant == "mla" ? "v_head_dim" : "head_dim";
  const Entry* width = find_entry(base, source_key);
  if (width == nullptr) {
    return;
  }
  const Place& place = find_entry(over, "variant")->place;
  const std::string name = variant_.empty() ? "" : fmt::format("variant '{}': ", variant_);
  faults_.note(place,
               fmt::format("{}head_dim = {}, taken from {} of the {} base", name,
                           to_text(width->value), source_key, upper_case(old_variant)),
               fmt::format("{}.head_dim", kAttention));
  over.entries.push_back({"head_dim", place, width->value});
}

}  // namespace kvsim::config
