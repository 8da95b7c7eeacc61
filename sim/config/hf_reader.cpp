#include "sim/config/hf_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/config/hf_keys.hpp"

namespace kvsim::config {
namespace {

constexpr double kLargest = 9e15;  // whole numbers that a double holds

// The language model of a multimodal file.
const Node* language_model(const Node& json) {
  for (const std::string_view key : {"text_config", "llm_config", "language_config"}) {
    const Entry* entry = find_entry(json, key);
    if (entry != nullptr && entry->value.kind == NodeKind::Map) {
      return &entry->value;
    }
  }
  return &json;
}

std::optional<std::int64_t> integer_in(const Node& node) {
  if (node.kind != NodeKind::Scalar || node.quoted) {
    return std::nullopt;
  }
  double value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, problem] = std::from_chars(node.text.data(), end, value);
  const bool whole = problem == std::errc() && stop == end && value == std::floor(value);
  return whole && std::abs(value) < kLargest ? std::optional(static_cast<std::int64_t>(value))
                                             : std::nullopt;
}

bool same_everywhere(const std::vector<Node>& items) {
  return !items.empty() && std::all_of(items.begin(), items.end(), [&](const Node& item) {
    return to_text(item) == to_text(items.front());
  });
}

}  // namespace

HfReader::HfReader(const Node& json, std::string path, Faults& faults)
    : json_(json), model_(language_model(json)), path_(std::move(path)), faults_(faults) {}

const Entry* HfReader::find_in(const Node& map, const Spellings& spellings) {
  const Entry* first = nullptr;
  for (const std::string_view key : spellings) {
    const Entry* entry = find_entry(map, key);
    if (entry == nullptr) {
      continue;
    }
    used_.insert(entry);
    if (is_unset(entry->value)) {
      continue;
    }
    if (first != nullptr && to_text(first->value) != to_text(entry->value)) {
      error(entry->place,
            fmt::format("'{}' is {}, but '{}' is {}", key, to_text(entry->value), first->key,
                        to_text(first->value)),
            key, {"both mean the same: keep the one that is right"});
    }
    first = first == nullptr ? entry : first;
  }
  return first;
}

const Entry* HfReader::find(const Spellings& spellings) { return find_in(*model_, spellings); }

const Entry* HfReader::find_anywhere(const Spellings& spellings) {
  const Entry* inner = find(spellings);
  const Entry* outer = is_nested() ? find_in(json_, spellings) : nullptr;
  return inner != nullptr ? inner : outer;
}

std::optional<std::int64_t> HfReader::number_of(const Entry& entry) {
  const bool is_list = entry.value.kind == NodeKind::Sequence;
  if (is_list && !same_everywhere(entry.value.items)) {
    error(entry.place, fmt::format("'{}' differs from layer to layer", entry.key), entry.key,
          {"kvsim has one such width for all layers of a model"});
    return std::nullopt;
  }
  const auto value = integer_in(is_list ? entry.value.items.front() : entry.value);
  if (!value) {
    error(entry.value.place,
          fmt::format("'{}' is {}, but must be a whole number", entry.key, to_text(entry.value)),
          entry.key, {"write it as in the files of Hugging Face: 4096, without quotes"});
  }
  return value;
}

std::optional<std::int64_t> HfReader::number(const Spellings& spellings) {
  const Entry* entry = find(spellings);
  return entry == nullptr ? std::nullopt : number_of(*entry);
}

std::int64_t HfReader::number_or(const Spellings& spellings, std::int64_t otherwise) {
  return number(spellings).value_or(otherwise);
}

bool HfReader::flag(std::string_view key, bool otherwise) {
  const Entry* entry = find({key});
  if (entry == nullptr) {
    return otherwise;
  }
  if (entry->value.text != "true" && entry->value.text != "false") {
    error(entry->value.place,
          fmt::format("'{}' is {}, but must be true or false", key, to_text(entry->value)), key,
          {"write true or false, without quotes"});
  }
  return entry->value.text == "true";
}

const std::vector<Node>* HfReader::list(const Entry& entry) {
  if (entry.value.kind == NodeKind::Sequence) {
    return &entry.value.items;
  }
  error(entry.value.place,
        fmt::format("'{}' is {}, but must be a list", entry.key, kind_name(entry.value.kind)),
        entry.key, {"one item per layer"});
  return nullptr;
}

std::vector<std::int64_t> HfReader::numbers(const Entry& entry) {
  std::vector<std::int64_t> values;
  const std::vector<Node>* items = list(entry);
  for (const Node& item : items == nullptr ? std::vector<Node>{} : *items) {
    const auto value = integer_in(item);
    if (!value) {
      error(item.place,
            fmt::format("'{}' holds {}, but must hold whole numbers", entry.key, to_text(item)),
            entry.key, {"write it as in the files of Hugging Face"});
      return {};
    }
    values.push_back(*value);
  }
  return values;
}

void HfReader::ignore(const Spellings& spellings) {
  for (const std::string_view key : spellings) {
    if (const Entry* entry = find_entry(*model_, key)) {
      used_.insert(entry);
    }
  }
}

void HfReader::error(const Place& place, std::string message, std::string_view key,
                     std::vector<std::string> notes) {
  ++errors_;
  faults_.error(place, std::move(message), joined_path(path_, key), std::move(notes));
}

void HfReader::note(const Place& place, std::string message, std::string_view key,
                    std::vector<std::string> notes) {
  faults_.note(place, std::move(message), joined_path(path_, key), std::move(notes));
}

void HfReader::report_unknown() {
  report_unknown_in(*model_, false);
  if (is_nested()) {
    report_unknown_in(json_, true);
  }
}

void HfReader::report_unknown_in(const Node& map, bool outer) {
  for (const Entry& entry : map.entries) {
    const bool without_effect =
        outer ? is_beside_the_language_model(entry.key) : is_without_effect(entry.key);
    if (understood(entry) || without_effect || is_unset(entry.value) || &entry.value == model_) {
      continue;
    }
    error(entry.place, fmt::format("'{}' is not understood", entry.key), entry.key,
          {"it may change weights or cache; if it does not, drop it from a copy of the file",
           "or write the model in our words: configs/models has examples"});
  }
}

}  // namespace kvsim::config
