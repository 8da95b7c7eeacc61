#include "sim/report/pictures.hpp"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "sim/base/check.hpp"
#include "sim/report/html_page.hpp"
#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

constexpr int kPictureWidth = 640;  // pixels
constexpr std::string_view kVariable = "var(--";

std::string file_name(const std::string& title) {
  std::string name;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name.erase(name.find_last_not_of('-') + 1);
  return name;
}

// The first definition in the style is the one for light screens.
std::string_view colour_of_variable(std::string_view name) {
  const std::string definition = fmt::format("--{}: ", name);
  const auto begin = kPageStyle.find(definition);
  KVSIM_CHECK(begin != std::string_view::npos, "a colour of a chart is in the page's style");
  const auto value = kPageStyle.substr(begin + definition.size());
  return value.substr(0, value.find(';'));
}

std::string with_colours(std::string spec) {
  for (auto at = spec.find(kVariable); at != std::string::npos; at = spec.find(kVariable, at)) {
    const auto end = spec.find(')', at);
    const std::string name = spec.substr(at + kVariable.size(), end - at - kVariable.size());
    spec.replace(at, end + 1 - at, colour_of_variable(name));
  }
  return spec;
}

}  // namespace

std::vector<Picture> pictures_of(const Report& report) {
  std::vector<Picture> pictures;
  std::set<std::string> seen;
  for (const Section& section : report.sections) {
    for (const Chart& chart : section.charts) {
      const std::string name = file_name(chart.title);
      if (!seen.insert(name).second) {
        continue;
      }
      Json spec = Json::parse(chart.spec);
      spec["width"] = kPictureWidth;
      spec["background"] = "white";
      spec["title"] = chart.title;
      pictures.push_back({name, with_colours(spec.dump())});
    }
  }
  return pictures;
}

}  // namespace kvsim::report
