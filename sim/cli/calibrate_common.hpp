// What the commands of `kvsim calibrate` share.
#pragma once

#include <string>
#include <string_view>

#include "calibration/fit/evaluate.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/spec/card.hpp"

namespace kvsim::cli {

/// An operator with tables by its name. Throws ConfigError with the names that there are.
/// Both sides of "name=value". Throws ConfigError that shows the flag and an example.
[[nodiscard]] std::pair<std::string, std::string> pair_of(const std::string& text,
                                                          std::string_view flag,
                                                          std::string_view example);
[[nodiscard]] spec::CardOperator table_operator(const std::string& name);

/// Something is wrong with what the user asked for.
[[noreturn]] void refuse(std::string message, std::string way_out);

/// Whole or not at all: written beside its place and renamed. Throws ConfigError.
void write_whole(const std::string& path, std::string_view content);

/// "2.19 %"
[[nodiscard]] std::string percent(double share);
/// "-" if there is none.
[[nodiscard]] std::string percent_or_dash(const std::optional<double>& share);

/// GPU's share of the columns "rows mape median p95 wape bias".
[[nodiscard]] std::vector<std::string> error_cells(const fit::ErrorSummary& errors);

}  // namespace kvsim::cli
