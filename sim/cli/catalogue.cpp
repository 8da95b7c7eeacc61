#include "sim/cli/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/diagnostic.hpp"
#include "sim/base/spelling.hpp"
#include "sim/cli/text_table.hpp"

namespace kvsim::cli {
namespace {

constexpr std::size_t kSourceWidth = 48;

void require_known(const CatalogueOptions& options, const std::string& kind,
                   const std::vector<CatalogueEntry>& entries) {
  std::vector<std::string> known;
  for (const CatalogueEntry& entry : entries) {
    known.push_back(entry.name);
  }
  std::vector<Diagnostic> faults;
  for (const std::string& name : options.names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      Diagnostic fault;
      fault.place.file = "kvsim";
      fault.message = fmt::format("no {} is called '{}'", kind, name);
      if (const auto near = nearest_word(name, known)) {
        fault.notes.push_back(fmt::format("did you mean '{}'?", *near));
      }
      fault.notes.push_back(fmt::format("'kvsim {}s' lists all", kind));
      faults.push_back(fault);
    }
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
}

bool is_asked_for(const CatalogueOptions& options, const CatalogueEntry& entry) {
  return options.names.empty() ||
         std::find(options.names.begin(), options.names.end(), entry.name) != options.names.end();
}

}  // namespace

void print_catalogue(const CatalogueOptions& options, const std::string& kind,
                     const std::vector<std::string>& header,
                     const std::vector<CatalogueEntry>& entries) {
  require_known(options, kind, entries);
  std::vector<std::vector<std::string>> rows;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CatalogueEntry& entry : entries) {
    if (is_asked_for(options, entry)) {
      rows.push_back(entry.cells);
      list.push_back(entry.json);
    }
  }
  if (options.format == "json") {
    fmt::print("{}\n", list.dump(2));
  } else {
    fmt::print("{}", text_table(header, rows));
  }
}

std::string shortened(const std::string& source) {
  if (source.size() <= kSourceWidth) {
    return source;
  }
  std::size_t end = kSourceWidth - 3;
  while (end > 0 && (static_cast<unsigned char>(source[end]) & 0xC0) == 0x80) {
    --end;  // not into the middle of a character
  }
  return source.substr(0, end) + "...";
}

}  // namespace kvsim::cli
