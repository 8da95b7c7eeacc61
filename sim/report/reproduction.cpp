#include "sim/report/reproduction.hpp"

#include <fmt/format.h>

#include "kvsim_version.hpp"
#include "sim/report/cells.hpp"

namespace kvsim::report {
namespace {

// As a POSIX shell reads it back: in single quotes unless nothing in it is special.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string command(const std::string& study_file, const Asked& asked) {
  std::string text = fmt::format("kvsim {} {}", asked.command, shell_word(study_file));
  for (const std::string& set : asked.sets) {
    text += " --set " + shell_word(set);
  }
  text += fmt::format(" --seed {}", asked.seed);
  if (asked.replicates > 0) {
    text += fmt::format(" --replicates {} --confidence {}", asked.replicates, asked.confidence);
  }
  if (!asked.page.empty()) {
    text += " --template " + shell_word(asked.page);
  }
  return text + (asked.skip_bad_lines ? " --skip-bad-lines" : "") + " --out DIR";
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
