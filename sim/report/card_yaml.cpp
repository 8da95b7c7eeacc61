#include "sim/report/card_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/report/resolved_spec.hpp"

namespace kvsim::report {
namespace {

constexpr std::size_t kLineWidth = 100;
constexpr std::size_t kItemWidth = 170;  // one line per group of errors
constexpr std::string_view kModeline =
    "# yaml-language-server: $schema=../../docs/reference/schema/card.schema.json\n";
// Required keys whose value may be the default.
constexpr std::array<std::string_view, 8> kAlways = {
    "launch", "gpus", "operator", "provenance", "residuals", "errors", "kind", "full_tiles"};

// YAML reads plain words as they are unless a sign of its own is in them.
std::string scalar(const Json& value) {
  if (!value.is_string()) {
    return value.dump();
  }
  const auto& text = value.get_ref<const std::string&>();
  const bool plain = !text.empty() && text.find_first_of(":#{}[],&*!|>'\"%@`\\\n") == text.npos &&
                     text.front() != '-' && text.front() != '?' && text.front() != ' ' &&
                     text.back() != ' ';
  return plain ? text : value.dump();
}

bool is_empty(const Json& value) { return value.is_structured() && value.empty(); }

// Drops what says no more than its absence, from the inside out.
Json without_defaults(const Json& value, const Json& defaults) {
  if (!value.is_object()) {
    return value;
  }
  Json kept = Json::object();
  for (const auto& [key, item] : value.items()) {
    const Json other = defaults.is_object() && defaults.contains(key) ? defaults[key] : Json();
    const bool always = std::find(kAlways.begin(), kAlways.end(), key) != kAlways.end();
    Json inner = without_defaults(item, other);
    if (always || (item != other && !is_empty(inner))) {
      kept[key] = std::move(inner);
    }
  }
  return kept;
}

std::string flow(const Json& value) {
  std::string text;
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, flow(item));
    }
    return "{" + text + "}";
  }
  if (value.is_array()) {
    for (const Json& item : value) {
      text += (text.empty() ? "" : ", ") + flow(item);
    }
    return "[" + text + "]";
  }
  return scalar(value);
}

// A long list in lines of its own.
std::string wrapped_list(const Json& list, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string text = "\n" + margin + "[";
  std::size_t column = indent + 1;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string item = flow(list[i]) + (i + 1 < list.size() ? "," : "]");
    if (column + 1 + item.size() > kLineWidth) {
      text += "\n" + margin + " ";
      column = indent + 1;
    } else if (i > 0) {
      text += " ";
      ++column;
    }
    text += item;
    column += item.size();
  }
  return text + "\n";
}

void add(std::string& text, const Json& map, std::size_t indent);

void add_value(std::string& text, const Json& value, std::size_t indent, std::size_t used) {
  const std::string line = flow(value);
  if (!value.is_structured() || used + line.size() <= kLineWidth) {
    text += " " + line + "\n";
  } else if (value.is_object()) {
    text += "\n";
    add(text, value, indent + 2);
  } else if (value.front().is_object()) {
    text += "\n";
    for (const Json& item : value) {
      const std::string whole = flow(item);
      if (indent + 4 + whole.size() <= kItemWidth) {
        text += fmt::format("{:{}}- {}\n", "", indent + 2, whole);
      } else {
        std::string block;
        add(block, item, indent + 4);
        block[indent + 2] = '-';
        text += block;
      }
    }
  } else {
    text += wrapped_list(value, indent + 2);
  }
}

void add(std::string& text, const Json& map, std::size_t indent) {
  for (const auto& [key, value] : map.items()) {
    const std::string head = fmt::format("{:{}}{}:", "", indent, key);
    text += head;
    add_value(text, value, indent, head.size() + 1);
  }
}

}  // namespace

std::string card_yaml(const spec::CardSpec& card) {
  spec::CardSpec defaults;
  defaults.form = card.form;
  if (card.decode.unsplit) {
    defaults.decode.unsplit = spec::UnsplitForm{};
  }
  if (card.decode.skew) {
    defaults.decode.skew = spec::SkewForm{};
  }
  if (card.decode.window) {
    defaults.decode.window = spec::WindowForm{};
  }
  const Json json = without_defaults(resolved_json(card), resolved_json(defaults));
  std::string text(kModeline);
  add(text, json, 0);
  return text;
}

}  // namespace kvsim::report
