#include "sim/cli/calibrate_common.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "sim/base/spelling.hpp"
#include "sim/report/output_directory.hpp"

namespace kvsim::cli {

void refuse(std::string message, std::string way_out) {
  std::vector<std::string> ways_out;
  if (!way_out.empty()) {
    ways_out.push_back(std::move(way_out));
  }
  refuse_input({"kvsim"}, std::move(message), std::move(ways_out));
}

std::pair<std::string, std::string> pair_of(const std::string& text, std::string_view flag,
                                            std::string_view example) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    refuse(fmt::format("{} {}: not a pair", flag, text),
           fmt::format("write for example {}", example));
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

spec::CardOperator table_operator(const std::string& name) {
  std::vector<std::string> known;
  for (const spec::CardOperator op : fit::operators_with_tables()) {
    known.emplace_back(spec::name_of(op, spec::kCardOperatorNames));
    if (known.back() == name) {
      return op;
    }
  }
  const auto near = nearest_word(name, known);
  refuse(fmt::format("--op {}: tables of this operator are not read", name),
         near ? fmt::format("did you mean '{}'?", *near)
              : fmt::format("one of {}", fmt::join(known, ", ")));
}

void write_whole(const std::string& path, std::string_view content) {
  const std::filesystem::path target(path);
  if (target.filename().empty() || std::filesystem::is_directory(target)) {
    refuse(fmt::format("{}: this is a folder", path), "give the name of a file");
  }
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  report::OutputDirectory directory(folder);
  report::write_file(directory.path_for(target.filename().string()), content);
  directory.commit();
}

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string percent_or_dash(const std::optional<double>& share) {
  return share ? percent(*share) : std::string("-");
}

std::vector<std::string> error_cells(const fit::ErrorSummary& errors) {
  return {fmt::format("{}", errors.n), percent(errors.mape), percent(errors.median),
          percent(errors.p95),         percent(errors.wape), percent(errors.bias)};
}

}  // namespace kvsim::cli
