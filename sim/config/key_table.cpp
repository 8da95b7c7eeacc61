#include "sim/config/key_table.hpp"

#include <algorithm>

#include "sim/config/node.hpp"

namespace kvsim::config {
namespace {

using spec::FieldInfo;

struct ChoiceOfKeys {
  std::string path;
  std::string key;
  std::vector<std::string> names;
};

// Walks a table and writes down what it sees. Without a forced choice every branch applies.
class Collector : public spec::FieldVisitor {
 public:
  Collector() = default;
  Collector(ChoiceOfKeys forced, int index) : forced_(std::move(forced)), index_(index) {}

  std::map<std::string, std::vector<std::string>> keys;
  std::map<std::string, std::vector<std::string>> alternatives;
  std::vector<ChoiceOfKeys> choices;

  void field(const FieldInfo& info, bool&) override { add(info); }
  void field(const FieldInfo& info, std::int64_t&) override { add(info); }
  void field(const FieldInfo& info, double&) override { add(info); }
  void field(const FieldInfo& info, std::string&) override { add(info); }
  void field(const FieldInfo& info, Bytes&) override { add(info); }
  void field(const FieldInfo& info, BytesPerSecond&) override { add(info); }
  void field(const FieldInfo& info, FlopsPerSecond&) override { add(info); }
  void field(const FieldInfo& info, PerSecond&) override { add(info); }
  void field(const FieldInfo& info, Watts&) override { add(info); }
  void field(const FieldInfo& info, Duration&) override { add(info); }
  void field(const FieldInfo& info, std::vector<std::int64_t>&) override { add(info); }
  void field(const FieldInfo& info, std::vector<double>&) override { add(info); }
  void field(const FieldInfo& info, std::vector<std::string>&) override { add(info); }
  void field(const FieldInfo& info, std::vector<Duration>&) override { add(info); }
  void field(const FieldInfo& info, std::map<std::string, double>&) override { add(info); }

  void choice(const FieldInfo& info, std::span<const std::string_view> names, int& index) override {
    add(info);
    choices.push_back({path(), std::string(info.key), {names.begin(), names.end()}});
    if (forced_ && forced_->path == path() && forced_->key == info.key) {
      index = index_;
    }
  }
  void choice_list(const FieldInfo& info, std::span<const std::string_view>,
                   std::vector<int>&) override {
    add(info);
  }
  void keyword_or(const FieldInfo& info, std::string_view, std::optional<std::int64_t>&) override {
    add(info);
  }
  int one_of(std::string_view, std::span<const std::string_view> words, int current) override {
    alternatives[path()].assign(words.begin(), words.end());
    keys[path()].insert(keys[path()].end(), words.begin(), words.end());
    return current;
  }
  bool present(const FieldInfo&, bool) override { return true; }
  bool applies(bool condition) override { return condition || !forced_ || forced_->path != path(); }
  void rule(bool, std::string_view, std::string_view, std::string_view) override {}

  bool enter(const FieldInfo& info) override {
    add(info);
    path_.push_back(joined_path(path(), info.key));
    return true;
  }
  void leave() override { path_.pop_back(); }
  std::size_t list_size(const FieldInfo& info, std::size_t) override {
    add(info);
    return 1;
  }
  bool enter_item(const FieldInfo& info, std::size_t) override { return enter(info); }

 private:
  [[nodiscard]] const std::string& path() const { return path_.back(); }
  void add(const FieldInfo& info) {
    std::vector<std::string>& known = keys[path()];
    if (std::find(known.begin(), known.end(), info.key) == known.end()) {
      known.emplace_back(info.key);
    }
  }

  std::optional<ChoiceOfKeys> forced_;
  int index_ = 0;
  std::vector<std::string> path_{""};
};

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

KeyTable::KeyTable(const Describe& describe_all) {
  Collector all;
  describe_all(all);
  keys_ = all.keys;
  alternatives_ = all.alternatives;
  for (const ChoiceOfKeys& choice : all.choices) {
    for (std::size_t i = 0; i < choice.names.size(); ++i) {
      Collector one(choice, static_cast<int>(i));
      describe_all(one);
      for (const std::string& key : one.keys[choice.path]) {
        Owner& owner = owners_[{choice.path, key}];
        if (owner.choice.empty() || owner.choice == choice.key) {
          owner.choice = choice.key;
          owner.values.push_back(choice.names[i]);
        }
      }
    }
    std::erase_if(owners_, [&](const auto& item) {
      return item.second.choice == choice.key && item.second.values.size() == choice.names.size();
    });
  }
}

const std::vector<std::string>& KeyTable::alternatives(const std::string& path) const {
  static const std::vector<std::string> kNone;
  const auto it = alternatives_.find(path);
  return it == alternatives_.end() ? kNone : it->second;
}

std::optional<KeyTable::Owner> KeyTable::owner(const std::string& path,
                                               const std::string& key) const {
  const auto it = owners_.find({path, key});
  return it == owners_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<std::string> KeyTable::homes(std::string_view key) const {
  std::vector<std::string> paths;
  for (const auto& [path, keys] : keys_) {
    if (contains(keys, key)) {
      paths.push_back(path);
    }
  }
  return paths;
}

}  // namespace kvsim::config
