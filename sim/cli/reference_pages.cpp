#include "sim/cli/reference_pages.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/base/units.hpp"
#include "sim/config/schema.hpp"
#include "sim/spec/metric_words.hpp"

namespace kvsim::cli {
namespace {

using config::FieldNode;
using config::FieldType;

constexpr const char* kMadeBy =
    "<!-- Made by `kvsim reference --out docs/reference`; do not edit. -->\n";

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

std::string type_text(const FieldNode& node) {
  switch (node.type) {
    case FieldType::Boolean:
      return "true or false";
    case FieldType::Whole:
      return "whole number";
    case FieldType::Quantity:
      return node.dimension == Dimension::Count ? "number" : "quantity";
    case FieldType::Text:
      return "text";
    case FieldType::Choice:
      return fmt::format("`{}`", fmt::join(node.words, "`, `"));
    case FieldType::KeywordOrWhole:
      return fmt::format("`{}` or a whole number", node.words.front());
    case FieldType::NumbersByName:
      return "map of numbers";
    case FieldType::Map:
      return "map";
  }
  return {};
}

std::string unit_text(const FieldNode& node) {
  if (node.type != FieldType::Quantity || node.dimension == Dimension::Count) {
    return {};
  }
  return fmt::format("{}", fmt::join(unit_names(node.dimension), ", "));
}

std::string limit_text(const FieldNode& node) {
  std::string text;
  if (std::isfinite(node.info.minimum)) {
    text = fmt::format("{} {}", node.info.above_minimum ? ">" : "≥", node.info.minimum);
  }
  if (std::isfinite(node.info.maximum)) {
    text += fmt::format("{}≤ {}", text.empty() ? "" : ", ", node.info.maximum);
  }
  return text;
}

// Under which values of a choice the key exists: "variant: mla".
std::string only_with(const FieldNode& map, const FieldNode& node) {
  std::string text;
  for (const config::Branch& branch : map.branches) {
    const auto barred = std::find(branch.barred.begin(), branch.barred.end(), node.info.key);
    if (node.conditional && barred == branch.barred.end()) {
      text +=
          fmt::format("{}{}", text.empty() ? fmt::format("; only with {}: ", branch.choice) : ", ",
                      branch.value);
    }
  }
  return text;
}

std::string default_text(const FieldNode& map, const FieldNode& node) {
  const auto& alternatives = map.alternatives;
  if (std::find(alternatives.begin(), alternatives.end(), node.info.key) != alternatives.end()) {
    return "one of them";
  }
  if (node.info.required) {
    return "**required**";
  }
  return node.default_text ? fmt::format("`{}`", *node.default_text) : "";
}

void add_rows(std::string& text, const FieldNode& map, const std::string& path) {
  for (const FieldNode& node : map.children) {
    const std::string here = fmt::format("{}{}{}", path, path.empty() ? "" : ".", node.info.key);
    text += fmt::format("| `{}{}` | {}{} | {} | {} | {} | {} |\n", here, node.list ? "[]" : "",
                        node.list ? "list of: " : "", cell(type_text(node)), unit_text(node),
                        default_text(map, node), limit_text(node),
                        cell(std::string(node.info.help) + only_with(map, node)));
    add_rows(text, node, node.list ? here + "[]" : here);
  }
}

void add_rules(std::string& text, const FieldNode& map, const std::string& path) {
  for (const config::RuleText& rule : map.rules) {
    text += fmt::format("- `{}{}{}` {}: {}.\n", path, path.empty() ? "" : ".", rule.key,
                        rule.message, rule.way_out);
  }
  for (const FieldNode& node : map.children) {
    add_rules(text, node, fmt::format("{}{}{}", path, path.empty() ? "" : ".", node.info.key));
  }
}

void add_document(std::string& text, std::string_view title, std::string_view intro,
                  config::DocumentKind kind) {
  const FieldNode tree = config::document_tree(kind);
  text += fmt::format("\n## {}\n\n{}\n\n", title, intro);
  text += "| key | type | units | default | limits | meaning |\n|---|---|---|---|---|---|\n";
  add_rows(text, tree, "");
  std::string rules;
  add_rules(rules, tree, "");
  if (!rules.empty()) {
    text += "\nRefused:\n\n" + rules;
  }
}

constexpr const char* kStudyIntro = R"(# The keys of kvsim's files

Every dimensional value carries its unit (`80 GiB`, `3.35 TB/s`, `50ms`, `4/s`); GB is 10^9 bytes and GiB 2^30.
Plain counts may be written with `k` or `M`. Limits are in bytes, bytes/s, FLOP/s, seconds or 1/s. What stands below
`[]` belongs to each item of a list. `null` takes a key away that an extended file gave.

An editor with a YAML language server completes and checks these keys: begin the file with
`# yaml-language-server: $schema=PATH/docs/reference/schema/study.schema.json` (as `kvsim init` does).
Rules between keys ("Refused") are checked by `kvsim check` only.
)";

constexpr const char* kAroundStudy = R"(Beside these, a study may hold

- `extends: FILE`: adds to that file, maps deeply, everything else replaced;
- `variants: [{name: ..., dotted.key: value}, ...]`: sets of overrides, one run each;
- `sweep: {dotted.key: [value, ...]}`: every combination of values, for every variant;
- `workload: {from: FILE}`: load and lengths of an inference-perf configuration;
- `cluster: {pools: {NAME: {gpu, replicas, startup_delay, engine}, ...}}`: unlike replicas behind one router, instead
  of `cluster.replicas`. What a pool does not say is that of `cluster` and `engine`; one with `replicas: 0` is left out;
- `slo: {preset: NAME}`: limits in `configs/slos` (`kvsim slos`); keys beside it change a part.

`model`, `cluster.gpu`, `workload` and `slo` may be a name in `configs/`, a path or the map itself.)";

std::string aliases_text(const spec::MetricWord& word) {
  std::string text;
  for (const spec::MetricAlias& alias : word.aliases) {
    text += fmt::format("| {} | {} |\n", alias.tool, cell(std::string(alias.words)));
  }
  return text.empty() ? text : "\n| tool | its words |\n|---|---|\n" + text;
}

}  // namespace

std::string cli_page(const std::vector<HelpPage>& help) {
  std::string text = kMadeBy;
  text += "\n# The commands of kvsim\n";
  for (const HelpPage& page : help) {
    text += fmt::format("\n## `{}`\n\n```text\n{}```\n", page.command, page.text);
  }
  return text;
}

std::string study_page() {
  using config::DocumentKind;
  std::string text = fmt::format("{}\n{}", kMadeBy, kStudyIntro);
  add_document(text, "Study", kAroundStudy, DocumentKind::Study);
  add_document(text, "Card", "A file in `calibration/cards/`: how long one operator takes.",
               DocumentKind::Card);
  add_document(text, "Report template",
               "A file in `reports/templates/`: what a page of results shows "
               "([how to write one](../../reports/templates/README.md)).",
               DocumentKind::Report);
  text +=
      "\n## Models, GPUs, engine profiles and workloads\n\nFiles in `configs/` hold what a study "
      "has below `model`, `cluster.gpu`, `engine` (without\n`profile`) and `workload`; each may "
      "begin with `extends: FILE`.\n";
  return text;
}

std::string metrics_page() {
  std::string text = kMadeBy;
  text +=
      "\n# Metrics\n\nThe words are vLLM's. Percentiles interpolate linearly (type 7, numpy's "
      "default). Places are below `runs[]` of\n`result.json`; `kvsim explain metric NAME` prints "
      "the same.\n";
  for (const spec::MetricWord& word : spec::metric_words()) {
    text += fmt::format("\n## {}\n\n{} [{}].\n\n- formula: {}\n- place: `{}`\n{}", word.name,
                        word.definition, word.unit, word.formula, word.place, aliases_text(word));
  }
  return text;
}

}  // namespace kvsim::cli
