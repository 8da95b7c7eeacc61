#include "sim/cli/completion_scripts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace kvsim::cli {
namespace {

using Commands = std::vector<CompletedCommand>;

// ---- what all shells ask --------------------------------------------------------------------

// In single quotes, as bash and zsh read them.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::vector<std::string> names_of(const CompletedCommand& command) {
  std::vector<std::string> names;
  for (const CompletedOption& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// "'kvsim run' | 'kvsim check'": the words that lead on to a subcommand.
std::string paths_pattern(const Commands& commands, std::string_view between) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < commands.size(); ++i) {
    paths.push_back(quoted(commands[i].path));
  }
  return fmt::format("{}", fmt::join(paths, between));
}

// Flags by what is offered after them: one line of a `case` each.
using Answer = std::function<std::string(const CompletedOption&)>;

std::string value_cases(const Commands& commands, const Answer& answer) {
  std::map<std::string, std::vector<std::string>> flags;
  for (const CompletedCommand& command : commands) {
    for (const CompletedOption& option : command.options) {
      for (const std::string& name : option.names) {
        if (option.takes_value) {
          flags[answer(option)].push_back(quoted(command.path + ' ' + name));
        }
      }
    }
  }
  std::string text;
  for (const auto& [offered, names] : flags) {
    text += fmt::format("    {})\n      {} ;;\n", fmt::join(names, " | \\\n    "), offered);
  }
  return text;
}

// ---- bash -----------------------------------------------------------------------------------

constexpr std::string_view kBashHead =
    R"(# bash completion of kvsim, made by `kvsim completion bash`:
#   source <(kvsim completion bash)

# What compgen knows of the word at the cursor, one candidate a line: names may hold spaces.
_kvsim_offer() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$cur")
}

# Names of files: bash quotes them and adds slashes. Outside of a completion it cannot.
_kvsim_files() {
  compopt -o filenames 2>/dev/null
  _kvsim_offer "$@"
}

_kvsim() {
  local cur="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}" at=kvsim i
  COMPREPLY=()
  if [[ $cur == '=' ]]; then  # --flag=value comes as three words
    cur=''
  elif [[ $previous == '=' ]]; then
    previous="${COMP_WORDS[COMP_CWORD - 2]}"
  fi
)";

std::string bash_offer(const CompletedOption& option) {
  if (!option.choices.empty()) {
    return "_kvsim_offer -W " + quoted(fmt::format("{}", fmt::join(option.choices, " ")));
  }
  switch (option.offer) {
    case Offer::Files:
      return "_kvsim_files -f";
    case Offer::Folders:
      return "_kvsim_files -d";
    case Offer::Nothing:
      break;
  }
  return ":";  // a number or a text of the reader's own
}

std::string bash_words(const Commands& commands, const CompletedCommand& command) {
  std::string text = fmt::format(
      "    {})\n      if [[ $cur == -* ]]; then\n        _kvsim_offer -W {}\n        return\n"
      "      fi\n",
      quoted(command.path), quoted(fmt::format("{}", fmt::join(names_of(command), " "))));
  std::vector<std::string> below;
  for (const std::size_t next : command.subcommands) {
    below.push_back(commands[next].name);
  }
  if (!below.empty()) {
    text +=
        fmt::format("      _kvsim_offer -W {}\n", quoted(fmt::format("{}", fmt::join(below, " "))));
  }
  std::vector<std::string> offers;
  for (const CompletedOption& positional : command.positionals) {
    if (std::find(offers.begin(), offers.end(), bash_offer(positional)) == offers.end()) {
      offers.push_back(bash_offer(positional));
      text += fmt::format("      {}\n", offers.back());
    }
  }
  return text + "      ;;\n";
}

// ---- zsh ------------------------------------------------------------------------------------

constexpr std::string_view kZshHead = R"(#compdef kvsim
# zsh completion of kvsim, made by `kvsim completion zsh`: as the file _kvsim in a folder of $fpath, or
#   source <(kvsim completion zsh)

_kvsim() {
  local at=kvsim previous="${words[CURRENT-1]}" word
  local -a options commands
  if [[ $PREFIX == --*=* ]]; then  # --flag=value
    previous="${PREFIX%%=*}"
    compset -P '*='
  fi
)";

constexpr std::string_view kZshTail = R"(}

# As an autoloaded file it is called at once; sourced, it is only made known.
if [[ ${funcstack[1]} == _kvsim ]]; then
  _kvsim "$@"
elif (( $+functions[compdef] )); then
  compdef _kvsim kvsim
fi
)";

std::string zsh_offer(const CompletedOption& option) {
  if (!option.choices.empty()) {
    std::vector<std::string> words;
    std::transform(option.choices.begin(), option.choices.end(), std::back_inserter(words), quoted);
    return fmt::format("compadd -- {}", fmt::join(words, " "));
  }
  switch (option.offer) {
    case Offer::Files:
      return "_files";
    case Offer::Folders:
      return "_files -/";
    case Offer::Nothing:
      break;
  }
  return ":";
}

std::string zsh_item(const std::string& name, const std::string& help) {
  return fmt::format("        {}\n", quoted(name + ':' + help));
}

std::string zsh_words(const Commands& commands, const CompletedCommand& command) {
  std::string text = fmt::format("    {})\n      options=(\n", quoted(command.path));
  for (const CompletedOption& option : command.options) {
    for (const std::string& name : option.names) {
      text += zsh_item(name, option.help);
    }
  }
  text +=
      "      )\n      if [[ $PREFIX == -* ]]; then\n        _describe -o option options\n"
      "        return\n      fi\n";
  if (!command.subcommands.empty()) {
    text += "      commands=(\n";
    for (const std::size_t next : command.subcommands) {
      text += zsh_item(commands[next].name, commands[next].help);
    }
    text += "      )\n      _describe command commands\n";
  }
  std::vector<std::string> offers;
  for (const CompletedOption& positional : command.positionals) {
    if (std::find(offers.begin(), offers.end(), zsh_offer(positional)) == offers.end()) {
      offers.push_back(zsh_offer(positional));
      text += fmt::format("      {}\n", offers.back());
    }
  }
  return text + "      ;;\n";
}

// ---- fish -----------------------------------------------------------------------------------

constexpr std::string_view kFishHead =
    R"(# fish completion of kvsim, made by `kvsim completion fish`:
#   kvsim completion fish > ~/.config/fish/completions/kvsim.fish

function __kvsim_at --description 'Do the words so far lead to this command?'
    set -l at kvsim
    set -l typed (commandline -opc)
    set -e typed[1]
    for word in $typed
        switch "$at $word"
            case {}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end

complete -c kvsim -f
)";

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
  }
  return out + "'";
}

std::string fish_offer(const CompletedOption& option) {
  if (!option.choices.empty()) {
    return " -x -a " + fish_quoted(fmt::format("{}", fmt::join(option.choices, " ")));
  }
  switch (option.offer) {
    case Offer::Files:
      return " -r -F";
    case Offer::Folders:
      return " -x -a '(__fish_complete_directories (commandline -ct))'";
    case Offer::Nothing:
      break;
  }
  return " -x";
}

std::string fish_names(const CompletedOption& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return text;
}

std::string fish_positional(const CompletedOption& positional) {
  if (positional.choices.empty() && positional.offer == Offer::Files) {
    return " -F";
  }
  const std::string offer = fish_offer(positional);
  return offer.substr(std::string_view(" -x").size());  // it is no flag that needs a value
}

std::string fish_lines(const Commands& commands, const CompletedCommand& command) {
  const std::string here =
      fmt::format("complete -c kvsim -n {}", fish_quoted("__kvsim_at " + command.path));
  std::string text;
  for (const std::size_t next : command.subcommands) {
    text += fmt::format("{} -a {} -d {}\n", here, commands[next].name,
                        fish_quoted(commands[next].help));
  }
  for (const CompletedOption& option : command.options) {
    text += fmt::format("{}{}{} -d {}\n", here, fish_names(option),
                        option.takes_value ? fish_offer(option) : "", fish_quoted(option.help));
  }
  for (const CompletedOption& positional : command.positionals) {
    const std::string offer = fish_positional(positional);
    text += offer.empty() ? "" : fmt::format("{}{}\n", here, offer);
  }
  return text;
}

}  // namespace

std::string bash_completion(const Commands& commands) {
  std::string text = fmt::format(
      "{}  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \"$at ${{COMP_WORDS[i]}}\" in\n"
      "      {})\n        at+=\" ${{COMP_WORDS[i]}}\" ;;\n    esac\n  done\n",
      kBashHead, paths_pattern(commands, " | \\\n      "));
  text += fmt::format("  case \"$at $previous\" in\n{}    *) previous='' ;;\n  esac\n",
                      value_cases(commands, bash_offer));
  text += "  if [[ -n $previous ]]; then return; fi\n  case \"$at\" in\n";
  for (const CompletedCommand& command : commands) {
    text += bash_words(commands, command);
  }
  return text + "  esac\n}\n\ncomplete -F _kvsim kvsim\n";
}

std::string zsh_completion(const Commands& commands) {
  std::string text = fmt::format(
      "{}  for word in \"${{(@)words[2,CURRENT-1]}}\"; do\n    case \"$at $word\" in\n"
      "      {})\n        at+=\" $word\" ;;\n    esac\n  done\n",
      kZshHead, paths_pattern(commands, " | \\\n      "));
  text += fmt::format("  case \"$at $previous\" in\n{}    *) previous='' ;;\n  esac\n",
                      value_cases(commands, zsh_offer));
  text += "  if [[ -n $previous ]]; then return; fi\n  case \"$at\" in\n";
  for (const CompletedCommand& command : commands) {
    text += zsh_words(commands, command);
  }
  return text + "  esac\n" + std::string(kZshTail);
}

std::string fish_completion(const Commands& commands) {
  std::string text(kFishHead);
  const std::string paths = paths_pattern(commands, " \\\n                ");
  text.replace(text.find("{}"), 2, paths);
  for (const CompletedCommand& command : commands) {
    text += fish_lines(commands, command);
  }
  return text;
}

}  // namespace kvsim::cli
