#include "sim/cli/attempts.hpp"

#include <algorithm>

#include "sim/cli/terminal.hpp"

namespace kvsim::cli {

std::optional<spec::RunSpec> Attempts::load(const std::string& name,
                                            const config::RunRequest& request) {
  try {
    const spec::StudySpec study = config::load_run(request, library());
    any_succeeded_ = true;
    for (const Diagnostic& note : study.warnings) {
      const bool known = std::any_of(notes_.begin(), notes_.end(), [&](const Diagnostic& each) {
        return each.message == note.message && each.place == note.place;
      });
      if (!known) {
        notes_.push_back(note);
      }
    }
    return study.runs.front();
  } catch (const ConfigError& error) {
    first_error_ = first_error_.value_or(error);
    refused_.push_back({name, error.diagnostics().front().message});
    return std::nullopt;
  }
}

void Attempts::throw_if_none_succeeded() const {
  if (!any_succeeded_ && first_error_) {
    throw ConfigError(*first_error_);
  }
}

std::string Attempts::notes() const { return notes_.empty() ? "" : render(notes_); }

}  // namespace kvsim::cli
