#include "sim/report/placeholders.hpp"

#include <fmt/format.h>

#include <optional>

#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"

namespace kvsim::report {
namespace {

constexpr std::string_view kRunOf = "run of ";
constexpr std::string_view kMost = "most ";
constexpr std::string_view kLeast = "least ";
constexpr std::string_view kOf = " of ";

class Filler {
 public:
  Filler(const Subject& subject, const RunColumns& columns, const TemplatePlace& place)
      : subject_(subject), columns_(columns), place_(place) {}

  [[nodiscard]] std::string value(const std::string& asked) const {
    if (asked == "study") {
      return subject_.results.study;
    }
    if (asked == "runs") {
      return std::to_string(subject_.labels.size());
    }
    if (asked.starts_with(kRunOf)) {
      return subject_.labels[extreme(asked.substr(kRunOf.size()), asked).run];
    }
    if (asked.starts_with(kMost) || asked.starts_with(kLeast)) {
      const Extreme found = extreme(asked, asked);
      return found.column->cells[found.run].text;
    }
    const auto of = asked.find(kOf);
    return of == std::string::npos ? common(asked)
                                   : of_run(asked.substr(0, of), asked.substr(of + kOf.size()));
  }

 private:
  struct Extreme {
    const RunData* column;
    std::size_t run;
  };

  [[nodiscard]] Extreme extreme(const std::string& words, const std::string& asked) const {
    const bool most = words.starts_with(kMost);
    if (!most && !words.starts_with(kLeast)) {
      fail_in_template(place_, fmt::format("'{{{}}}' is not understood", asked),
                       {"write {run of most COLUMN} or {run of least COLUMN}"});
    }
    const RunData& column =
        column_of(columns_, words.substr(most ? kMost.size() : kLeast.size()), place_);
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < column.cells.size(); ++i) {
      const auto own = as_double(column.cells[i].value);
      const auto other = best ? as_double(column.cells[*best].value) : std::nullopt;
      best = own && (!other || (most ? *own > *other : *own < *other)) ? std::optional(i) : best;
    }
    if (!best) {
      fail_in_template(place_, fmt::format("no run has a number in '{}'", column.name),
                       {"take another column, or runs that have one"});
    }
    return {&column, *best};
  }

  [[nodiscard]] std::string common(const std::string& name) const {
    const RunData& column = column_of(columns_, name, place_);
    for (const Cell& cell : column.cells) {
      if (cell.text != column.cells.front().text) {
        fail_in_template(
            place_,
            fmt::format("'{{{}}}' is not the same in all runs: {} in '{}', and elsewhere {}", name,
                        column.cells.front().text, subject_.labels.front(), cell.text),
            {fmt::format("say whose: {{{0} of RUN}}, {{most {0}}} or {{least {0}}}", name)});
      }
    }
    return column.cells.empty() ? no_cell().text : column.cells.front().text;
  }

  [[nodiscard]] std::string of_run(const std::string& name, const std::string& run) const {
    const RunData& column = column_of(columns_, name, place_);
    std::optional<std::size_t> found;
    std::size_t of_variant = 0;
    for (std::size_t i = 0; i < subject_.labels.size(); ++i) {
      if (subject_.labels[i] == run) {
        return column.cells[i].text;
      }
      if (subject_.results.runs[i].spec.variant == run) {
        found = i;
        ++of_variant;
      }
    }
    if (of_variant != 1) {
      fail_in_template(place_,
                       of_variant == 0
                           ? fmt::format("there is no run '{}'", run)
                           : fmt::format("there are {} runs of variant '{}'", of_variant, run),
                       {fmt::format("runs: {}", join_words(subject_.labels))});
    }
    return column.cells[*found].text;
  }

  const Subject& subject_;
  const RunColumns& columns_;
  const TemplatePlace& place_;
};

}  // namespace

std::string filled(const std::string& text, const Subject& subject, const RunColumns& columns,
                   const TemplatePlace& place) {
  const Filler filler(subject, columns, place);
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "{{") == 0 || text.compare(at, 2, "}}") == 0) {
      out += text[at++];
    } else if (text[at] == '{') {
      const auto end = text.find('}', at);
      if (end == std::string::npos) {
        fail_in_template(place, "a '{' is never closed", {"write {{ for a brace"});
      }
      out += filler.value(text.substr(at + 1, end - at - 1));
      at = end;
    } else {
      out += text[at];
    }
  }
  return out;
}

}  // namespace kvsim::report
