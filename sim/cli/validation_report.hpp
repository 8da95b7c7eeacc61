// A judgement for a reader: JSON, CSV of rows, Markdown, a table on a terminal.
#pragma once

#include <string>
#include <vector>

#include "sim/validate/judgement.hpp"

namespace kvsim::cli {

[[nodiscard]] std::string validation_json(const std::vector<validate::Judgement>& all);
[[nodiscard]] std::string validation_csv(const std::vector<validate::Judgement>& all);
/// Errors first, then the worst groups, then what was left out.
[[nodiscard]] std::string validation_markdown(const std::vector<validate::Judgement>& all);
[[nodiscard]] std::string validation_table(const std::vector<validate::Judgement>& all);

}  // namespace kvsim::cli
