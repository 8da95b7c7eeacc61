#include "sim/report/template_fault.hpp"

#include <fmt/format.h>

#include "sim/base/spelling.hpp"

namespace kvsim::report {

void fail_in_template(const TemplatePlace& place, std::string message,
                      std::vector<std::string> ways_out) {
  Diagnostic fault;
  fault.place.file = place.file;
  fault.message = std::move(message);
  fault.path = place.path;
  fault.notes = std::move(ways_out);
  throw ConfigError({fault});
}

const RunData& column_of(const RunColumns& columns, const std::string& name,
                         const TemplatePlace& place) {
  if (const RunData* found = columns.find(name)) {
    return *found;
  }
  std::vector<std::string> known;
  for (const RunData& column : columns.all()) {
    known.push_back(column.name);
  }
  std::vector<std::string> notes;
  if (const auto near = nearest_word(name, known)) {
    notes.push_back(fmt::format("did you mean '{}'?", *near));
  }
  notes.emplace_back("columns are those of kvsim run --format csv, and run, variant, load");
  fail_in_template(place, fmt::format("the results have no column '{}'", name), std::move(notes));
}

}  // namespace kvsim::report
