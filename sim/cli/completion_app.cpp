#include "sim/cli/completion_app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/cli/completion_scripts.hpp"

namespace kvsim::cli {
namespace {

constexpr const char* kCompletionFooter = R"(In the shell, or in its start-up file:
  bash:  source <(kvsim completion bash)
  zsh:   source <(kvsim completion zsh), after compinit
  fish:  kvsim completion fish | source

Examples:
  kvsim completion bash > kvsim.bash
  kvsim completion zsh > _kvsim
  kvsim completion fish > kvsim.fish)";

// CLI11 tells a set of words only as "TEXT:{table,json}".
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) {
    return {};
  }
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

// TEXT may be a path: most of it is "a name or a path".
Offer offer_of(const std::string& type) {
  if (type.starts_with("DIR")) {
    return Offer::Folders;
  }
  return type.starts_with("FILE") || type.starts_with("TEXT") ? Offer::Files : Offer::Nothing;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

CompletedOption option_of(const CLI::Option& option) {
  CompletedOption completed;
  for (const std::string& name : option.get_snames()) {
    completed.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    completed.names.push_back("--" + name);
  }
  const std::string type = option.get_type_name();
  completed.help = first_line(option.get_description());
  completed.takes_value = option.get_items_expected_max() > 0;
  completed.choices = choices_of(type);
  completed.offer = offer_of(type);
  return completed;
}

// Depth first; answers with the position of `app` in the list.
std::size_t add_command(const CLI::App& app, const std::string& above,
                        std::vector<CompletedCommand>& commands) {
  CompletedCommand command;
  command.path = above + app.get_name();
  command.name = app.get_name();
  command.help = first_line(app.get_description());
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? command.positionals : command.options)
        .push_back(option_of(*option));
  }
  const std::size_t here = commands.size();
  commands.push_back(command);
  for (const CLI::App* next : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::size_t there = add_command(*next, command.path + ' ', commands);
    commands[here].subcommands.push_back(there);
  }
  return here;
}

int print_completion(const CLI::App& app, const std::string& shell) {
  std::vector<CompletedCommand> commands;
  add_command(app, "", commands);
  fmt::print("{}", shell == "bash"  ? bash_completion(commands)
                   : shell == "zsh" ? zsh_completion(commands)
                                    : fish_completion(commands));
  return kOk;
}

}  // namespace

void add_completion(CLI::App& app, std::function<int()>& command) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand("completion", "a script that completes for a shell");
  completion->add_option("SHELL", *shell, "which one")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  completion->footer(kCompletionFooter);
  completion->callback([shell, &command, &app] {
    command = [shell, &app] { return print_completion(app, *shell); };
  });
}

}  // namespace kvsim::cli
