// Completion scripts of shells, from a description of the command line.
//
// Each script walks the words typed so far down to the deepest command they name. Then it offers
// the values of the flag before the cursor, or the command's flags, or its subcommands, words and
// files. Nothing is run while completing.
#pragma once

#include <string>
#include <vector>

namespace kvsim::cli {

enum class Offer { Nothing, Files, Folders };

/// A flag, or (without names) what stands by itself.
struct CompletedOption {
  std::vector<std::string> names;  ///< with their dashes
  std::string help;
  bool takes_value = false;
  std::vector<std::string> choices;  ///< the only words it takes
  Offer offer = Offer::Nothing;      ///< where it has no choices
};

struct CompletedCommand {
  std::string path;  ///< "kvsim explain kv"
  std::string name;  ///< its last word
  std::string help;
  std::vector<CompletedOption> options;
  std::vector<CompletedOption> positionals;
  std::vector<std::size_t> subcommands;  ///< positions in the list of all commands
};

[[nodiscard]] std::string bash_completion(const std::vector<CompletedCommand>& commands);
[[nodiscard]] std::string zsh_completion(const std::vector<CompletedCommand>& commands);
[[nodiscard]] std::string fish_completion(const std::vector<CompletedCommand>& commands);

}  // namespace kvsim::cli
