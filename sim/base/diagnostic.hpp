// A mistake in somebody's input: where it is, what is wrong, how to mend it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace kvsim {

/// Line and column (in characters) count from 1; 0 means "the file as a whole". `file` may also be
/// a flag's name.
struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;
  friend bool operator==(const SourcePlace&, const SourcePlace&) = default;
};

enum class Severity { Error, Warning, Note };

struct Diagnostic {
  Severity severity = Severity::Error;
  SourcePlace place;
  std::string message;
  std::string path;         ///< where in the document, e.g. "gpu.hbm.bandwidth"; may be empty
  std::string source_line;  ///< text of the line, for the caret; may be empty
  std::vector<std::string> notes{};  ///< ways out, one sentence each
};

/// Everything that is wrong with the input, thrown once at the door (exit code 2).
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// Throws one error: what is wrong there, and the ways out of it.
[[noreturn]] void refuse_input(SourcePlace place, std::string message,
                               std::vector<std::string> ways_out = {});

/// The model does not fit into HBM (exit code 4); the message holds the arithmetic.
class DoesNotFit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One diagnostic as text: place, message, source line with a caret, notes. Ends with a newline.
/// Whatever a terminal cannot show, and invalid UTF-8, becomes a question mark; texts without end
/// are cut.
[[nodiscard]] std::string render(const Diagnostic& diagnostic);
/// All of them, sorted by file and line.
[[nodiscard]] std::string render(const std::vector<Diagnostic>& diagnostics);

}  // namespace kvsim
