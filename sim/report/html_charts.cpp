#include "sim/report/html_charts.hpp"

#include <fmt/format.h>

#include "sim/base/sha256.hpp"
#include "sim/report/html_page.hpp"

namespace kvsim::report {
namespace {

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

// Six bits at a time; a digit of the input holds four. Requires: 64 hexadecimal digits, as SHA-256.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string padded(hex);
  padded += "00";  // 256 bits and 8 of zeros are 44 times 6
  std::string text;
  for (std::size_t i = 0; i < padded.size(); i += 3) {
    const int bits = digit(padded[i]) << 8 | digit(padded[i + 1]) << 4 | digit(padded[i + 2]);
    text += kDigits[static_cast<std::size_t>(bits >> 6)];
    text += kDigits[static_cast<std::size_t>(bits & 63)];
  }
  text.back() = '=';
  return text;
}

// The two words that an HTML parser would take for more than script (HTML, 4.12.1.3), written so
// that strings and regular expressions still mean the same.
std::string inlined(std::string_view script) {
  std::string text(script);
  for (const std::string_view word : {"</script", "<!--"}) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      text.insert(at + 1, 1, '\\');
    }
  }
  return text;
}

std::string inlined_json(std::string_view json) {
  std::string text;
  for (const char c : json) {
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  return text;
}

std::string hash_source(std::string_view script) {
  return fmt::format("'sha256-{}'", base64_of_hex(sha256_hex(script)));
}

std::string figure_text(const Chart& chart) {
  return fmt::format(
      "<figure>\n<figcaption><b>{0}</b> {1}</figcaption>\n<div class=\"tools\"></div>\n<div "
      "class=\"plot\" role=\"group\" "
      "aria-label=\"{0}. {1} The table holds the same numbers.\"></div>\n"
      "<script type=\"application/json\">{2}</script>\n</figure>\n",
      html_escaped(chart.title), html_escaped(chart.hint), inlined_json(chart.spec));
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string figures_of(const std::vector<Chart>& charts) {
  std::string text;
  for (const Chart& chart : charts) {
    text += figure_text(chart);
  }
  return text.empty() ? text : "<div class=\"charts\">\n" + text + "</div>\n";
}

std::string scripts_text(std::string_view vega_bundle) {
  return fmt::format("<script>{}</script>\n<script>{}</script>\n", inlined(vega_bundle),
                     kPageScript);
}

std::string security_policy(std::string_view vega_bundle) {
  std::string policy =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
      "form-action 'none'";
  if (!vega_bundle.empty()) {
    policy += fmt::format("; script-src {} {}", hash_source(inlined(vega_bundle)),
                          hash_source(kPageScript));
  }
  return policy;
}

}  // namespace kvsim::report
