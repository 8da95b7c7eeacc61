#include "sim/cli/usage_error.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "sim/base/spelling.hpp"

namespace kvsim::cli {
namespace {

// The deepest subcommand that the arguments name: its flags are the ones to suggest.
CLI::App* named_app(CLI::App& app, int argc, char** argv) {
  CLI::App* deepest = &app;
  for (int i = 1; i < argc; ++i) {
    for (CLI::App* next : deepest->get_subcommands(
             [&](const CLI::App* each) { return each->get_name() == argv[i]; })) {
      deepest = next;
    }
  }
  return deepest;
}

std::vector<std::string> words_of(CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : app.get_subcommands({})) {
    words.push_back(command->get_name());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      words.push_back("--" + name);
    }
  }
  return words;
}

}  // namespace

ConfigError usage_error(const std::string& what, CLI::App& app, int argc, char** argv) {
  CLI::App* used = named_app(app, argc, argv);
  Diagnostic fault;
  fault.place.file = "kvsim";
  fault.message = what;
  const std::vector<std::string> words = words_of(*used);
  const auto is_known = [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  for (int i = 1; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    const bool may_be_meant = word.starts_with("--") || used->get_subcommands({}).size() > 0;
    const auto near = nearest_word(word, words);
    if (may_be_meant && near && !is_known(word)) {
      fault.notes.push_back(fmt::format("did you mean '{}' instead of '{}'?", *near, word));
    }
  }
  std::string name = used->get_name();
  for (const CLI::App* parent = used->get_parent(); parent; parent = parent->get_parent()) {
    name = parent->get_name() + " " + name;
  }
  fault.notes.push_back(fmt::format("see {} --help", name));
  return ConfigError({fault});
}

}  // namespace kvsim::cli
