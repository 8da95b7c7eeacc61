#include "sim/report/latency_word.hpp"

#include <fmt/format.h>

namespace kvsim::report {

std::string_view latency_word(std::string_view stability) {
  constexpr std::string_view kOverloaded =
      spec::kStabilityNames[static_cast<std::size_t>(spec::Stability::Overloaded)];
  return stability == kOverloaded ? kOverloaded : std::string_view();
}

std::string_view latency_word(const spec::RunResult& run) {
  return latency_word(spec::name_of(run.metrics.stability, spec::kStabilityNames));
}

std::string with_word(std::string text, const spec::RunResult& run) {
  const std::string_view word = latency_word(run);
  return word.empty() ? text : fmt::format("{} ({})", text, word);
}

Cell with_word(Cell cell, const spec::RunResult& run) {
  if (!std::holds_alternative<std::monostate>(cell.value)) {
    cell.text = with_word(std::move(cell.text), run);
  }
  return cell;
}

bool is_latency(std::string_view name) {
  return name.ends_with("_ms") || name.starts_with("percentiles.") || name == "mean_interactivity";
}

}  // namespace kvsim::report
