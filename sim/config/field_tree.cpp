#include "sim/config/field_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/config/node.hpp"

namespace kvsim::config {
namespace {

using spec::FieldInfo;

std::string seconds_text(const Duration& value) {
  return fmt::format("{} s", to_seconds(value).value());
}

struct Choice {
  std::string path;
  std::string key;
  std::vector<std::string> words;
};

struct ForcedChoice {
  std::string path{};
  std::string key{};
  int index = 0;
};

// Walks a table once. Without a forced choice every branch applies; with one, only the branch of
// that value does, at the path of the choice.
class TreeMaker : public spec::FieldVisitor {
 public:
  explicit TreeMaker(FieldNode& root, ForcedChoice forced = {}) : forced_(std::move(forced)) {
    open_.push_back({&root, ""});
  }

  std::vector<Choice> choices;

  void field(const FieldInfo& info, bool& value) override {
    leaf(info, FieldType::Boolean, fmt::format("{}", value));
  }
  void field(const FieldInfo& info, std::int64_t& value) override {
    leaf(info, FieldType::Whole, fmt::format("{}", value));
  }
  void field(const FieldInfo& info, double& value) override {
    quantity(info, Dimension::Count, fmt::format("{}", value));
  }
  void field(const FieldInfo& info, std::string& value) override {
    leaf(info, FieldType::Text, value);
  }
  void field(const FieldInfo& info, Bytes& value) override {
    quantity(info, Dimension::Size, fmt::format("{} B", value.value()));
  }
  void field(const FieldInfo& info, BytesPerSecond& value) override {
    quantity(info, Dimension::Bandwidth, fmt::format("{} B/s", value.value()));
  }
  void field(const FieldInfo& info, FlopsPerSecond& value) override {
    quantity(info, Dimension::ComputeRate, fmt::format("{} GFLOP/s", value.value() / 1e9));
  }
  void field(const FieldInfo& info, PerSecond& value) override {
    quantity(info, Dimension::Rate, fmt::format("{}/s", value.value()));
  }
  void field(const FieldInfo& info, Watts& value) override {
    quantity(info, Dimension::Power, fmt::format("{} W", value.value()));
  }
  void field(const FieldInfo& info, Duration& value) override {
    quantity(info, Dimension::Time, seconds_text(value));
  }
  void field(const FieldInfo& info, std::vector<std::int64_t>&) override {
    leaf(info, FieldType::Whole, "").list = true;
  }
  void field(const FieldInfo& info, std::vector<double>&) override {
    quantity(info, Dimension::Count, "").list = true;
  }
  void field(const FieldInfo& info, std::vector<std::string>&) override {
    leaf(info, FieldType::Text, "").list = true;
  }
  void field(const FieldInfo& info, std::vector<Duration>&) override {
    quantity(info, Dimension::Time, "").list = true;
  }
  void field(const FieldInfo& info, std::map<std::string, double>&) override {
    leaf(info, FieldType::NumbersByName, "");
  }

  void choice(const FieldInfo& info, std::span<const std::string_view> names, int& index) override {
    const std::vector<std::string> words(names.begin(), names.end());
    leaf(info, FieldType::Choice, words[static_cast<std::size_t>(index)]).words = words;
    choices.push_back({path(), std::string(info.key), words});
    if (forced_.path == path() && forced_.key == info.key) {
      index = forced_.index;
    }
  }
  void choice_list(const FieldInfo& info, std::span<const std::string_view> names,
                   std::vector<int>&) override {
    FieldNode& node = leaf(info, FieldType::Choice, "");
    node.words.assign(names.begin(), names.end());
    node.list = true;
  }
  void keyword_or(const FieldInfo& info, std::string_view keyword,
                  std::optional<std::int64_t>& value) override {
    leaf(info, FieldType::KeywordOrWhole, value ? fmt::format("{}", *value) : std::string(keyword))
        .words = {std::string(keyword)};
  }
  int one_of(std::string_view, std::span<const std::string_view> keys, int current) override {
    map().alternatives.assign(keys.begin(), keys.end());
    return current;
  }
  bool present(const FieldInfo& info, bool has_value) override {
    absent_ = has_value ? std::string_view() : info.key;
    return true;
  }
  bool applies(bool condition) override {
    return condition || forced_.key.empty() || forced_.path != path();
  }
  void rule(bool, std::string_view key, std::string_view message,
            std::string_view way_out) override {
    map().rules.push_back({std::string(key), std::string(message), std::string(way_out)});
  }

  bool enter(const FieldInfo& info) override {
    FieldNode& node = add(info, FieldType::Map);
    open_.push_back({&node, joined_path(path(), info.key)});
    return true;
  }
  void leave() override { open_.pop_back(); }
  std::size_t list_size(const FieldInfo&, std::size_t) override { return 1; }
  bool enter_item(const FieldInfo& info, std::size_t) override {
    enter(info);
    map().list = true;
    return true;
  }

 private:
  struct Open {
    FieldNode* node;
    std::string path;
  };
  FieldNode& map() { return *open_.back().node; }
  [[nodiscard]] const std::string& path() const { return open_.back().path; }

  // Children of an open map never move while one of them is open, so the pointers stay valid.
  FieldNode& add(const FieldInfo& info, FieldType type) {
    std::vector<FieldNode>& children = map().children;
    auto it = std::find_if(children.begin(), children.end(),
                           [&](const FieldNode& node) { return node.info.key == info.key; });
    if (it == children.end()) {
      it = children.insert(children.end(), FieldNode{});
    }
    it->info = info;
    it->type = type;
    return *it;
  }
  // A required field has no default, nor has an optional one that may be absent altogether.
  FieldNode& leaf(const FieldInfo& info, FieldType type, const std::string& default_text) {
    FieldNode& node = add(info, type);
    if (!info.required && info.key != absent_ && !default_text.empty()) {
      node.default_text = default_text;
    }
    return node;
  }
  FieldNode& quantity(const FieldInfo& info, Dimension dimension, const std::string& default_text) {
    FieldNode& node = leaf(info, FieldType::Quantity, default_text);
    node.dimension = dimension;
    return node;
  }

  ForcedChoice forced_;
  std::vector<Open> open_;
  std::string_view absent_;
};

FieldNode* map_at(FieldNode& root, const std::string& path) {
  FieldNode* node = &root;
  for (std::size_t from = 0; from < path.size() && node != nullptr;) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    const auto child = std::find_if(
        node->children.begin(), node->children.end(),
        [&](const FieldNode& each) { return each.info.key == path.substr(from, dot - from); });
    node = child == node->children.end() ? nullptr : &*child;
    from = dot + 1;
  }
  return node;
}

// Keys of the map at the choice's path, for each of its values.
std::vector<std::set<std::string_view>> keys_by_value(const Choice& choice,
                                                      const Describe& describe_all) {
  std::vector<std::set<std::string_view>> keys(choice.words.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    FieldNode tree;
    TreeMaker maker(tree, {choice.path, choice.key, static_cast<int>(i)});
    describe_all(maker);
    for (const FieldNode& child : map_at(tree, choice.path)->children) {
      keys[i].insert(child.info.key);
    }
  }
  return keys;
}

// Keys that are missing under every value hang on something else (one_of) and are left alone.
void add_branches(FieldNode& root, const Choice& choice, const Describe& describe_all) {
  FieldNode& all = *map_at(root, choice.path);
  const auto keys = keys_by_value(choice, describe_all);
  std::vector<Branch> branches;
  for (const std::string& word : choice.words) {
    branches.push_back({choice.key, word, {}, {}});
  }
  bool any = false;
  for (FieldNode& child : all.children) {
    const auto knows = [&](const auto& each) { return each.contains(child.info.key); };
    if (std::all_of(keys.begin(), keys.end(), knows) ||
        std::none_of(keys.begin(), keys.end(), knows)) {
      continue;
    }
    any = child.conditional = true;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!knows(keys[i])) {
        branches[i].barred.emplace_back(child.info.key);
      } else if (child.info.required) {
        branches[i].needed.emplace_back(child.info.key);
      }
    }
  }
  if (any) {
    all.branches.insert(all.branches.end(), branches.begin(), branches.end());
  }
}

}  // namespace

const FieldNode* FieldNode::find(std::string_view key) const {
  const auto it = std::find_if(children.begin(), children.end(),
                               [&](const FieldNode& node) { return node.info.key == key; });
  return it == children.end() ? nullptr : &*it;
}

FieldNode field_tree(const Describe& describe_all) {
  FieldNode root;
  TreeMaker maker(root);
  describe_all(maker);
  for (const Choice& choice : maker.choices) {
    add_branches(root, choice, describe_all);
  }
  return root;
}

}  // namespace kvsim::config
