#include "sim/config/binder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "sim/config/scalar_values.hpp"
#include "sim/config/words.hpp"

namespace kvsim::config {

using spec::FieldInfo;

Binder::Binder(const Node& root, const KeyTable& table, Faults& faults, std::string label,
               std::vector<std::string> other_keys)
    : table_(table),
      faults_(faults),
      other_keys_(std::move(other_keys)),
      partial_(root.incomplete) {
  push(root, whole_source(root.place.source), "", std::move(label));
}

void Binder::finish() {
  frame().known.insert(frame().known.end(), other_keys_.begin(), other_keys_.end());
  leave();
}

std::string Binder::shown_path(std::string_view key) const {
  return joined_path(frames_.back().shown, key);
}

void Binder::fault(const Place& place, std::string message, std::string_view key,
                   std::vector<std::string> notes) {
  frame().faulty = true;
  faults_.error(place, std::move(message), shown_path(key), std::move(notes));
}

// The entry under this key. Its absence is noted if the field is required, unless a faulty choice
// leaves open whether it belongs here or a part of the file could not be read.
const Entry* Binder::look_up(const FieldInfo& info) {
  note_known(info.key);
  const Entry* entry = find_entry(*frame().map, info.key);
  if (entry != nullptr && is_unset(entry->value) && !info.required) {
    return nullptr;
  }
  if (entry == nullptr && info.required && !frame().uncertain && !partial_) {
    frame().missing.push_back({{std::string(info.key)}, std::string(info.help)});
  }
  return entry;
}

// The same, where the value is worth reading.
const Entry* Binder::given(const FieldInfo& info) {
  const Entry* entry = look_up(info);
  if (entry != nullptr && entry->value.kind == NodeKind::Null) {
    fault(entry->place, fmt::format("'{}' has no value", info.key), info.key,
          {std::string(info.help)});
    return nullptr;
  }
  if (entry != nullptr && entry->value.kind == NodeKind::Broken) {
    frame().faulty = true;
    return nullptr;
  }
  return entry;
}

template <class T, class Read>
void Binder::read(const FieldInfo& info, T& value, const Read& convert) {
  const Entry* entry = given(info);
  if (entry == nullptr) {
    return;
  }
  if (const auto result =
          convert(ScalarReader(info, shown_path(info.key), faults_), entry->value)) {
    value = T(*result);
  } else {
    frame().faulty = true;
  }
}

namespace {

auto number_of(Dimension dimension) {
  return [dimension](const ScalarReader& reader, const Node& node) {
    return reader.number(node, dimension);
  };
}

auto whole_number = [](const ScalarReader& reader, const Node& node) {
  return reader.whole_number(node);
};

auto text = [](const ScalarReader& reader, const Node& node) { return reader.text(node); };

auto whole_bytes = [](const ScalarReader& reader, const Node& node) -> std::optional<Bytes> {
  const auto bytes = reader.number(node, Dimension::Size);
  return bytes ? std::optional(Bytes(std::llround(*bytes))) : std::nullopt;
};

auto duration = [](const ScalarReader& reader, const Node& node) -> std::optional<Duration> {
  const auto seconds = reader.number(node, Dimension::Time);
  return seconds ? std::optional(to_duration(Seconds(*seconds))) : std::nullopt;
};

}  // namespace

void Binder::field(const FieldInfo& info, bool& value) {
  read(info, value,
       [](const ScalarReader& reader, const Node& node) { return reader.boolean(node); });
}
void Binder::field(const FieldInfo& info, std::int64_t& value) { read(info, value, whole_number); }
void Binder::field(const FieldInfo& info, double& value) {
  read(info, value, number_of(Dimension::Count));
}
void Binder::field(const FieldInfo& info, std::string& value) { read(info, value, text); }
void Binder::field(const FieldInfo& info, Bytes& value) { read(info, value, whole_bytes); }
void Binder::field(const FieldInfo& info, BytesPerSecond& value) {
  read(info, value, number_of(Dimension::Bandwidth));
}
void Binder::field(const FieldInfo& info, FlopsPerSecond& value) {
  read(info, value, number_of(Dimension::ComputeRate));
}
void Binder::field(const FieldInfo& info, PerSecond& value) {
  read(info, value, number_of(Dimension::Rate));
}
void Binder::field(const FieldInfo& info, Watts& value) {
  read(info, value, number_of(Dimension::Power));
}
void Binder::field(const FieldInfo& info, Duration& value) { read(info, value, duration); }

const std::vector<Node>* Binder::list_items(const FieldInfo& info) {
  const Entry* entry = given(info);
  if (entry == nullptr || entry->value.kind == NodeKind::Sequence) {
    return entry == nullptr ? nullptr : &entry->value.items;
  }
  fault(entry->value.place,
        fmt::format("'{}' is {}, but must be a list", info.key, kind_name(entry->value.kind)),
        info.key, {fmt::format("write [{}]", to_text(entry->value))});
  return nullptr;
}

template <class T, class Read>
void Binder::read_list(const FieldInfo& info, std::vector<T>& values, const Read& convert) {
  const std::vector<Node>* items = list_items(info);
  if (items == nullptr) {
    return;
  }
  values.clear();
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", shown_path(info.key), i);
    const auto result = convert(ScalarReader(info, path, faults_), (*items)[i]);
    frame().faulty = frame().faulty || !result;
    values.push_back(result ? T(*result) : T{});
  }
}

void Binder::field(const FieldInfo& info, std::vector<std::int64_t>& values) {
  read_list(info, values, whole_number);
}
void Binder::field(const FieldInfo& info, std::vector<double>& values) {
  read_list(info, values, number_of(Dimension::Count));
}
void Binder::field(const FieldInfo& info, std::vector<std::string>& values) {
  read_list(info, values, text);
}
void Binder::field(const FieldInfo& info, std::vector<Duration>& values) {
  read_list(info, values, duration);
}

void Binder::choice(const FieldInfo& info, std::span<const std::string_view> names, int& index) {
  const std::vector<std::string> words(names.begin(), names.end());
  std::optional<int> chosen;
  read(info, chosen,
       [&](const ScalarReader& reader, const Node& node) { return reader.one_of(node, words); });
  const Entry* entry = find_entry(*frame().map, info.key);
  const bool left_out = entry == nullptr || is_unset(entry->value);
  frame().uncertain = frame().uncertain || (!chosen && (info.required || !left_out));
  index = chosen.value_or(index);
}

void Binder::choice_list(const FieldInfo& info, std::span<const std::string_view> names,
                         std::vector<int>& indices) {
  const std::vector<std::string> words(names.begin(), names.end());
  read_list(info, indices, [&](const ScalarReader& reader, const Node& node) {
    return reader.one_of(node, words);
  });
}

void Binder::keyword_or(const FieldInfo& info, std::string_view keyword,
                        std::optional<std::int64_t>& value) {
  const Entry* entry = find_entry(*frame().map, info.key);
  const bool is_word = entry != nullptr && entry->value.kind == NodeKind::Scalar &&
                       std::isalpha(static_cast<unsigned char>(entry->value.text[0])) != 0;
  if (!is_word) {
    read(info, value, whole_number);
    return;
  }
  note_known(info.key);
  value.reset();
  if (entry->value.text != keyword) {
    fault(entry->value.place, fmt::format("'{}' is no value of '{}'", entry->value.text, info.key),
          info.key, {fmt::format("write {} or a whole number", keyword)});
  }
}

int Binder::one_of(std::string_view help, std::span<const std::string_view> keys, int current) {
  std::vector<int> chosen;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    note_known(keys[i]);
    const Entry* entry = find_entry(*frame().map, keys[i]);
    if (entry != nullptr && !is_unset(entry->value)) {
      chosen.push_back(static_cast<int>(i));
    }
  }
  const std::vector<std::string> words(keys.begin(), keys.end());
  if (chosen.empty() && !partial_) {
    frame().missing.push_back({words, std::string(help)});
  }
  if (chosen.size() > 1) {
    const auto word = [&](std::size_t i) { return words[static_cast<std::size_t>(chosen[i])]; };
    fault(find_entry(*frame().map, word(1))->place,
          fmt::format("'{}' stands beside '{}'", word(1), word(0)), word(1),
          {"give exactly one of: " + comma_list(words)});
  }
  frame().uncertain = frame().uncertain || chosen.size() != 1;
  return chosen.empty() ? current : chosen.front();
}

bool Binder::present(const FieldInfo& info, bool) {
  note_known(info.key);
  const Entry* entry = find_entry(*frame().map, info.key);
  return entry != nullptr && !is_unset(entry->value);
}

// When the choice is faulty, the keys of every branch are let through.
bool Binder::applies(bool condition) { return condition || frame().uncertain; }

void Binder::rule(bool holds, std::string_view key, std::string_view message,
                  std::string_view way_out) {
  const bool known_enough = !frame().faulty && !frame().uncertain && frame().missing.empty();
  if (!holds && known_enough && !partial_) {
    frame().broken_rules.push_back({std::string(key), std::string(message), std::string(way_out)});
  }
}

void Binder::push(const Node& map, Place place, std::string path, std::string shown) {
  // A map that was read from another file than its key is reported there.
  if (map.place.source != place.source) {
    place = map.replaces ? whole_source(map.place.source) : map.place;
  }
  frames_.push_back(
      {.map = &map, .place = std::move(place), .path = std::move(path), .shown = std::move(shown)});
}

bool Binder::is_map(const FieldInfo& info, const Node& node, const Place& key_place) {
  switch (node.kind) {
    case NodeKind::Map:
      return true;
    case NodeKind::Broken:
      frame().faulty = true;
      return false;
    case NodeKind::Null:
      fault(key_place, fmt::format("'{}' has no value", info.key), info.key,
            {std::string(info.help)});
      return false;
    case NodeKind::Scalar:
    case NodeKind::Sequence:
      break;
  }
  fault(node.place,
        fmt::format("'{}' is {}, but must be a map of keys", info.key, kind_name(node.kind)),
        info.key, {std::string(info.help)});
  return false;
}

void Binder::field(const FieldInfo& info, std::map<std::string, double>& values) {
  const Entry* entry = look_up(info);
  if (entry == nullptr || !is_map(info, entry->value, entry->place)) {
    return;
  }
  values.clear();
  for (const Entry& each : entry->value.entries) {
    const std::string path = joined_path(shown_path(info.key), each.key);
    const auto number = ScalarReader(info, path, faults_).number(each.value, Dimension::Count);
    frame().faulty = frame().faulty || !number;
    values[each.key] = number.value_or(0);
  }
}

bool Binder::enter(const FieldInfo& info) {
  const Entry* entry = look_up(info);
  if (entry == nullptr || !is_map(info, entry->value, entry->place)) {
    return false;
  }
  push(entry->value, entry->place, joined_path(frame().path, info.key), shown_path(info.key));
  return true;
}

std::size_t Binder::list_size(const FieldInfo& info, std::size_t) {
  const std::vector<Node>* items = list_items(info);
  return items == nullptr ? 0 : items->size();
}

bool Binder::enter_item(const FieldInfo& info, std::size_t index) {
  const Node& item = find_entry(*frame().map, info.key)->value.items[index];
  if (!is_map(info, item, item.place)) {
    return false;
  }
  push(item, item.place, joined_path(frame().path, info.key),
       fmt::format("{}[{}]", shown_path(info.key), index));
  return true;
}

void Binder::leave() {
  report_unknown_keys();
  report_missing();
  report_rules();
  const bool faulty = frame().faulty;
  frames_.pop_back();
  if (frames_.empty()) {
    report_absences();
  } else if (faulty) {
    frame().faulty = true;
  }
}

void Binder::note_known(std::string_view key) {
  std::vector<std::string>& known = frame().known;
  if (std::find(known.begin(), known.end(), key) == known.end()) {
    known.emplace_back(key);
  }
}

void Binder::report_unknown_keys() {
  for (const Entry& entry : frame().map->entries) {
    const std::vector<std::string>& known = frame().known;
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      report_unknown(entry);
      strays_.push_back({frame().shown, &entry});
      frame().broken_rules.clear();  // the typo may well be the reason
    }
  }
}

// A typo and the missing key that it explains are one message.
bool Binder::explained_by_missing(const Entry& entry) {
  auto& missing = frame().missing;
  for (auto it = missing.begin(); it != missing.end(); ++it) {
    if (const auto guess = guess_word(entry.key, it->keys)) {
      fault(entry.place, fmt::format("unknown key '{}'", entry.key), entry.key,
            {fmt::format("did you mean '{}'? (required here)", *guess)});
      missing.erase(it);
      return true;
    }
  }
  return false;
}

void Binder::report_unknown(const Entry& entry) {
  if (explained_by_missing(entry)) {
    return;
  }
  std::vector<std::string> notes;
  const auto owner = table_.owner(frame().path, entry.key);
  const auto guess = guess_word(entry.key, frame().known);
  const std::vector<std::string> homes = table_.homes(entry.key);
  if (owner) {
    notes.push_back(
        fmt::format("'{}' belongs to {} {}", entry.key, owner->choice, comma_list(owner->values)));
  } else if (guess) {
    notes.push_back(fmt::format("did you mean '{}'?", *guess));
  } else if (homes.size() == 1) {
    notes.push_back(fmt::format("did you mean '{}'?", joined_path(homes.front(), entry.key)));
  } else {
    notes.push_back("known here: " + comma_list(frame().known));
  }
  fault(entry.place, fmt::format("unknown key '{}'", entry.key), entry.key, std::move(notes));
}

void Binder::report_missing() {
  for (const Missing& missing : std::vector<Missing>(frame().missing)) {
    if (missing.keys.size() > 1) {
      note_absence(frame().place, "one key is missing of: " + comma_list(missing.keys), "",
                   {missing.help});
    } else {
      note_absence(frame().place, fmt::format("key '{}' is missing", missing.keys.front()),
                   missing.keys.front(),
                   {fmt::format("{}: {}", missing.keys.front(), missing.help)});
    }
  }
}

void Binder::report_rules() {
  for (const BrokenRule& rule : std::vector<BrokenRule>(frame().broken_rules)) {
    const Entry* entry = find_entry(*frame().map, rule.key);
    const std::string message = fmt::format("'{}' {}", rule.key, rule.message);
    if (entry == nullptr) {
      note_absence(frame().place, message, rule.key, {rule.way_out});
    } else {
      fault(entry->place, message, rule.key, {rule.way_out});
    }
  }
}

void Binder::note_absence(const Place& place, std::string message, std::string_view key,
                          std::vector<std::string> notes) {
  frame().faulty = true;
  absences_.push_back({place, std::move(message), shown_path(key), std::move(notes)});
}

// Under another name for one of the keys on the way, next to which the unknown key stands, it is
// there: "workload.arrivals.process" in the map of "workloadx". Telling both would send the reader
// to a key that has nothing wrong.
bool Binder::explained_by_stray(const Absence& absence) const {
  return std::any_of(strays_.begin(), strays_.end(), [&](const Stray& stray) {
    const std::size_t from = stray.parent.empty() ? 0 : stray.parent.size() + 1;
    if (stray.entry->value.kind != NodeKind::Map || !absence.shown.starts_with(stray.parent) ||
        absence.shown.size() <= from || (from > 0 && absence.shown[from - 1] != '.')) {
      return false;
    }
    const std::size_t dot = absence.shown.find('.', from);
    return dot != std::string::npos &&
           find_path(stray.entry->value, absence.shown.substr(dot + 1)) != nullptr;
  });
}

void Binder::report_absences() {
  for (Absence& absence : absences_) {
    if (!explained_by_stray(absence)) {
      faults_.error(absence.place, std::move(absence.message), absence.shown,
                    std::move(absence.notes));
    }
  }
}

}  // namespace kvsim::config
