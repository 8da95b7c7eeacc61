#include "sim/config/faults.hpp"

#include <algorithm>

namespace kvsim::config {
namespace {

std::vector<Diagnostic> sorted(std::vector<Diagnostic> diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.place.file, a.place.line, a.place.column) <
                            std::tie(b.place.file, b.place.line, b.place.column);
                   });
  return diagnostics;
}

}  // namespace

void Faults::error(const Place& place, std::string message, std::string path,
                   std::vector<std::string> notes) {
  add(make_diagnostic(Severity::Error, place, std::move(message), std::move(path),
                      std::move(notes)));
}

void Faults::note(const Place& place, std::string message, std::string path,
                  std::vector<std::string> notes) {
  add(make_diagnostic(Severity::Note, place, std::move(message), std::move(path),
                      std::move(notes)));
}

void Faults::add(const ConfigError& error) {
  for (const Diagnostic& diagnostic : error.diagnostics()) {
    add(diagnostic);
  }
}

void Faults::throw_if_any() const {
  if (any_errors()) {
    throw ConfigError(sorted(errors_));
  }
}

void Faults::add(Diagnostic diagnostic) {
  const bool is_new = seen_
                          .emplace(diagnostic.severity, diagnostic.place.file,
                                   diagnostic.place.line, diagnostic.place.column, diagnostic.path)
                          .second;
  if (!is_new) {
    return;
  }
  auto& list = diagnostic.severity == Severity::Error ? errors_ : notes_;
  list.push_back(std::move(diagnostic));
}

}  // namespace kvsim::config
