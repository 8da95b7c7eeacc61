#include "sim/config/yaml_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "sim/config/text_checks.hpp"

namespace kvsim::config {
namespace {

// Aliases can make a small file describe a huge tree; no study comes near this many nodes.
constexpr std::size_t kMostNodes = 1'000'000;

struct GiveUp {};  // the fault is reported; the rest of the file is not worth reading

std::size_t depth_of(const Node& node) {
  std::size_t deepest = 0;
  for (const Node& item : node.items) {
    deepest = std::max(deepest, depth_of(item));
  }
  for (const Entry& entry : node.entries) {
    deepest = std::max(deepest, depth_of(entry.value));
  }
  return deepest + 1;
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) {
    count += count_nodes(item);
  }
  for (const Entry& entry : node.entries) {
    count += count_nodes(entry.value);
  }
  return count;
}

void mark_as_alias(Node& node, const std::string& via) {
  node.place.via = via;
  for (Node& item : node.items) {
    mark_as_alias(item, via);
  }
  for (Entry& entry : node.entries) {
    entry.place.via = via;
    mark_as_alias(entry.value, via);
  }
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(SourcePtr source, Faults& faults) : source_(std::move(source)), faults_(faults) {}

  [[nodiscard]] Node take_root() {
    root_.incomplete = incomplete_;
    return std::move(root_);
  }

  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    if (mark.is_null()) {
      return whole_source(source_);
    }
    const std::string_view line = source_line(*source_, mark.line + 1);
    return {source_, mark.line + 1, character_column(line, mark.column + 1)};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node{.place = place(mark)};
    node.text = is_written_null(mark) ? "null" : "";
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      faults_.error(place(mark), "this alias stands inside the anchor that it names", path());
      throw GiveUp{};
    }
    Node copy = known->second;
    check_depth(levels_.size() + depth_of(copy), mark);
    nodes_ += count_nodes(copy);
    check_size(mark);
    mark_as_alias(copy, alias_text(mark));
    finish(std::move(copy), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    Node node{.kind = NodeKind::Scalar, .text = value, .place = place(mark)};
    node.quoted = tag == "!";
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(NodeKind::Sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(NodeKind::Map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool drop_value = false;  // the key was refused
    std::string key{};
    Place key_place{};
  };

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    check_depth(levels_.size() + 1, mark);
    levels_.push_back({.node = {.kind = kind, .place = place(mark)}, .anchor = anchor});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    finish(std::move(level.node), level.anchor);
  }

  void finish(Node node, YAML::anchor_t anchor) {
    ++nodes_;
    if (anchor != 0) {
      anchors_[anchor] = node;
    }
    if (levels_.empty()) {
      root_ = std::move(node);
    } else if (levels_.back().node.kind == NodeKind::Sequence) {
      levels_.back().node.items.push_back(std::move(node));
    } else if (!levels_.back().has_key) {
      take_key(std::move(node));
    } else {
      take_value(std::move(node));
    }
  }

  void take_key(Node node) {
    Level& level = levels_.back();
    const std::string parent = path();
    level.has_key = true;
    level.key = node.text;
    level.key_place = node.place;
    level.drop_value = refused_key(level, node, joined_path(parent, node.text));
  }

  bool refused_key(const Level& level, const Node& node, const std::string& key_path) {
    if (node.kind != NodeKind::Scalar || node.text.empty()) {
      faults_.error(node.place, "a key must be one word", key_path);
      return true;
    }
    if (node.text == "<<" && !node.quoted) {
      faults_.error(node.place, "merge key '<<' is not supported", key_path,
                    {"write extends: FILE at the top of the file, or repeat the keys"});
      incomplete_ = true;
      return true;
    }
    if (const Entry* first = find_entry(level.node, node.text)) {
      faults_.error(node.place, fmt::format("key '{}' is given twice", node.text), key_path,
                    {fmt::format("first given at line {}", first->place.line)});
      return true;
    }
    return false;
  }

  void take_value(Node node) {
    Level& level = levels_.back();
    if (!level.drop_value) {
      level.node.entries.push_back({level.key, level.key_place, std::move(node)});
    }
    level.has_key = false;
  }

  // "variants[1].name" of what is being read.
  [[nodiscard]] std::string path() const {
    std::string text;
    for (const Level& level : levels_) {
      if (level.node.kind == NodeKind::Sequence) {
        text += fmt::format("[{}]", level.node.items.size());
      } else if (level.has_key) {
        text = joined_path(text, level.key);
      }
    }
    return text;
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      faults_.error(place(mark), fmt::format("tag '{}' is not supported", tag), path(),
                    {"drop it: the meaning of a value follows from its key"});
    }
  }

  void check_depth(std::size_t depth, const YAML::Mark& mark) {
    if (depth > kDeepestNesting) {
      faults_.error(place(mark), fmt::format("nested more than {} levels deep", kDeepestNesting));
      throw GiveUp{};
    }
  }

  void check_size(const YAML::Mark& mark) {
    if (nodes_ > kMostNodes) {
      faults_.error(place(mark), "aliases make this file too large");
      throw GiveUp{};
    }
  }

  [[nodiscard]] std::string_view text_at(const YAML::Mark& mark) const {
    std::string_view line = source_line(*source_, mark.line + 1);
    line.remove_prefix(std::min(line.size(), static_cast<std::size_t>(mark.column)));
    return line;
  }

  [[nodiscard]] bool is_written_null(const YAML::Mark& mark) const {
    const std::string_view text = text_at(mark);
    return text.starts_with('~') || text.starts_with("null") || text.starts_with("Null") ||
           text.starts_with("NULL");
  }

  [[nodiscard]] std::string alias_text(const YAML::Mark& mark) const {
    const std::string_view text = text_at(mark);
    const std::string_view word = text.substr(0, text.find_first_of(" ,]}\t"));
    return fmt::format("{} at line {}", word, mark.line + 1);
  }

  SourcePtr source_;
  Faults& faults_;
  Node root_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  bool incomplete_ = false;
};

// Reports that there is a second document, and reads none of it.
class SecondDocument : public TreeBuilder {
 public:
  SecondDocument(SourcePtr source, Faults& faults) : TreeBuilder(source, faults), all_(faults) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    all_.error(place(mark), "a second document starts here", {},
               {"one file holds one document: move this one to a file of its own"});
    throw GiveUp{};
  }

 private:
  Faults& all_;
};

void report_syntax(const YAML::ParserException& error, const TreeBuilder& builder,
                   const std::string& text, Faults& faults) {
  std::vector<std::string> notes;
  const BracketScan brackets = scan_brackets(text, text.size());
  if (!brackets.open.empty()) {
    const Bracket& bracket = brackets.open.back();
    notes.push_back(fmt::format("'{}' opened at line {}, column {} is not closed", bracket.kind,
                                bracket.place.line, bracket.place.byte_column));
  }
  faults.error(builder.place(error.mark), "not valid YAML: " + error.msg, {}, notes);
}

bool refused_text(const SourcePtr& source, const std::string& text, Faults& faults) {
  if (const auto tabs = find_tab_indentation(text)) {
    const std::string count =
        tabs->lines > 1 ? fmt::format("; {} lines here start with a tab", tabs->lines) : "";
    faults.error({source, tabs->first.line, tabs->first.byte_column},
                 "a tab stands where YAML wants spaces", {}, {"indent with spaces" + count});
    return true;
  }
  if (const auto deep = scan_brackets(text, kDeepestNesting).too_deep) {
    faults.error({source, deep->line, deep->byte_column},
                 fmt::format("nested more than {} levels deep", kDeepestNesting));
    return true;
  }
  return false;
}

}  // namespace

Node read_yaml(const SourcePtr& source, Faults& faults, std::size_t start) {
  const std::string text = std::string(start, ' ') + source->text.substr(start);
  if (refused_text(source, text, faults)) {
    return broken_node(whole_source(source));
  }
  TreeBuilder builder(source, faults);
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      return {.place = whole_source(source)};
    }
    SecondDocument second(source, faults);
    parser.HandleNextDocument(second);
    return builder.take_root();
  } catch (const GiveUp&) {
  } catch (const YAML::ParserException& error) {
    report_syntax(error, builder, text, faults);
  }
  return broken_node(whole_source(source));
}

}  // namespace kvsim::config
