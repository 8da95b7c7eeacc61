#include "sim/config/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kAttention = "model.attention";
constexpr std::int64_t kWidest = 1'000'000;  // no head is wider; the binder tells about others

std::string text_of(const Node& map, std::string_view key) {
  const Entry* entry = find_entry(map, key);
  return entry != nullptr && entry->value.kind == NodeKind::Scalar ? entry->value.text : "";
}

bool changes_variant(const Node& base, const Node& over) {
  const std::string variant = text_of(over, "variant");
  return !variant.empty() && variant != text_of(base, "variant");
}

// A whole number above 0, or 0.
std::int64_t count_of(const Node& map, std::string_view key) {
  const std::string text = text_of(map, key);
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && stop == end && value < kWidest ? value : 0;
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
  if (text_of(over, "variant") == "mla") {
    derive_mla_widths(base, over);
  } else if (find_entry(over, "head_dim") == nullptr) {
    carry_over_head_dim(base, over);
  }
  base = std::move(over);
}

std::string Merger::whose() const {
  return variant_.empty() ? "" : fmt::format("variant '{}': ", variant_);
}

void Merger::carry_over_head_dim(const Node& base, Node& over) const {
  const std::string old_variant = text_of(base, "variant");
  const std::string_view source_key = old_variant == "mla" ? "v_head_dim" : "head_dim";
  const Entry* width = find_entry(base, source_key);
  if (width == nullptr) {
    return;
  }
  const Place& place = find_entry(over, "variant")->place;
  faults_.note(place,
               fmt::format("{}head_dim = {}, taken from {} of the {} base", whose(),
                           to_text(width->value), source_key, upper_case(old_variant)),
               fmt::format("{}.head_dim", kAttention));
  over.entries.push_back({"head_dim", place, width->value});
}

// The query heads stay as they are: they stand beside model.attention.
void Merger::derive_mla_widths(const Node& base, Node& over) const {
  const std::int64_t head_dim = count_of(base, "head_dim");
  if (head_dim < 2) {
    return;  // the binder asks for each width
  }
  const std::array<std::pair<std::string_view, std::int64_t>, 5> widths = {{
      {"kv_lora_rank", 4 * head_dim},
      {"q_lora_rank", 0},
      {"qk_nope_head_dim", head_dim},
      {"qk_rope_head_dim", head_dim / 2},
      {"v_head_dim", head_dim},
  }};
  const Place place = find_entry(over, "variant")->place;
  std::vector<std::string> taken;
  for (const auto& [key, width] : widths) {
    if (find_entry(over, key) == nullptr) {
      const std::string text = std::to_string(width);
      taken.push_back(fmt::format("{} = {}", key, text));
      over.entries.push_back(
          {std::string(key), place, {.kind = NodeKind::Scalar, .text = text, .place = place}});
    }
  }
  if (!taken.empty()) {
    faults_.note(place,
                 fmt::format("{}{}, from head_dim = {} of the {} base", whose(), comma_list(taken),
                             head_dim, upper_case(text_of(base, "variant"))),
                 fmt::format("{}.variant", kAttention),
                 {"as in DeepSeek-V2: d_c = 4 d_h, d_h^R = d_h / 2 (arXiv:2405.04434, sections "
                  "2.1.4 and 3.1.2)"});
  }
}

}  // namespace kvsim::config
