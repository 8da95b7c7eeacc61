#include "sim/config/report_page.hpp"

#include <charconv>

#include "sim/config/config.hpp"
#include "sim/config/document.hpp"
#include "sim/config/parts.hpp"
#include "sim/config/pools.hpp"
#include "sim/config/yaml_reader.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPath = "report.template";

// The item that "[2]" at the beginning of `path` names; takes it off. Null: there is none.
const Node* item_of(const Node& list, std::string_view& path) {
  std::size_t index = 0;
  const auto end = std::from_chars(path.data() + 1, path.data() + path.size(), index).ptr;
  path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
  return index < list.items.size() ? &list.items[index] : nullptr;
}

// The deepest node on the way that `path` ("sections[2].draw[0].x") describes.
const Node& node_at(const Node& root, std::string_view path) {
  const Node* node = &root;
  while (!path.empty()) {
    const Node* next = nullptr;
    if (path.front() == '[') {
      next = item_of(*node, path);
    } else {
      path.remove_prefix(path.front() == '.' ? 1 : 0);
      const std::string_view key = path.substr(0, path.find_first_of(".["));
      const Entry* entry = node->kind == NodeKind::Map ? find_entry(*node, key) : nullptr;
      path.remove_prefix(key.size());
      next = entry == nullptr ? nullptr : &entry->value;
    }
    if (next == nullptr) {
      break;
    }
    node = next;
  }
  return *node;
}

// Quotes are JSON's, not the user's: "80 GB" is a quantity.
void take_quotes(Node& node) {
  node.quoted = false;
  for (Node& item : node.items) {
    take_quotes(item);
  }
  for (Entry& entry : node.entries) {
    take_quotes(entry.value);
  }
}

}  // namespace

spec::ReportTemplate read_template(Loader& loader, const Library& library, const Node& name,
                                   Faults& faults) {
  const fs::path file = find_named(library, kTemplates, name, kPath, faults);
  if (file.empty()) {
    return {};
  }
  auto page = read_part_as<spec::ReportTemplate>(loader, file, kPath,
                                                 KeyTable::of<spec::ReportTemplate>(), faults);
  page.file = file.string();
  return page;
}

spec::ReportTemplate load_template(const std::string& name_or_path, const Library& library) {
  Faults faults;
  const KeyTable table = KeyTable::of<Document>();
  const Merger merger(table, faults);
  Loader loader(library, merger, faults);
  const SourcePtr flag = make_source("--template " + name_or_path, name_or_path);
  const Node name{.kind = NodeKind::Scalar, .text = name_or_path, .place = whole_source(flag)};
  spec::ReportTemplate page = read_template(loader, library, name, faults);
  faults.throw_if_any();
  return page;
}

std::vector<Diagnostic> with_places(std::vector<Diagnostic> faults) {
  for (Diagnostic& fault : faults) {
    if (fault.place.file.empty() || fault.place.line > 0 || fault.path.empty()) {
      continue;
    }
    Faults ignored;
    const Node root = read_yaml(read_source(fault.place.file), ignored);
    const Place& place = node_at(root, fault.path).place;
    fault = make_diagnostic(fault.severity, place, fault.message, fault.path, fault.notes);
  }
  return faults;
}

spec::RunSpec read_resolved(const std::string& file, const std::string& resolved) {
  Faults faults;
  Node tree = read_yaml(make_source(file, resolved), faults);
  take_quotes(tree);
  const KeyTable table = KeyTable::of<spec::RunSpec>();
  std::vector<std::pair<std::string, spec::RunSpec>> pools;
  for (const PoolTree& pool : split_pools(tree, Merger(table, faults), faults)) {
    pools.emplace_back(pool.name, read_struct<spec::RunSpec>(pool.tree, table, faults, "", {}));
  }
  faults.throw_if_any();
  return spec::join_pools(pools);
}

}  // namespace kvsim::config
