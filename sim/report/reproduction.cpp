#include "sim/report/reproduction.hpp"

#include <fmt/format.h>

#include "kvsim_version.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/command_line.hpp"

namespace kvsim::report {
namespace {

std::string command(const std::string& study_file, const Asked& asked) {
  return fmt::format("kvsim {} {}{} --out DIR", asked.command, shell_word(study_file),
                     flags_text(asked));
}

}  // namespace

Table reproduction_table(const std::string& study, const std::vector<spec::InputFile>& inputs,
                         const Asked& asked) {
  Table table{.title = "How to reproduce",
              .columns = {{"", "what", "", true}, {"", "value", "", true}},
              .rows = {}};
  const auto add = [&](const std::string& what, const std::string& value) {
    table.rows.push_back({{}, "", {text_cell(what), text_cell(value)}});
  };
  add("command", command(inputs.empty() ? study + ".yaml" : inputs.front().path, asked));
  add("kvsim", KVSIM_VERSION);
  add("study", study);
  add("seed", std::to_string(asked.seed));
  for (const spec::InputFile& input : inputs) {
    add(input.path, "sha256 " + input.sha256);
  }
  table.notes.push_back(
      "The same kvsim, inputs and seed give the same result.json and the same page, byte for byte. "
      "manifest.json beside this page holds every resolved setting, the cards and the timing.");
  return table;
}

}  // namespace kvsim::report
