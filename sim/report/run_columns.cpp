#include "sim/report/run_columns.hpp"

#include <charconv>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"

namespace kvsim::report {
namespace {

// A cell that leaves its table leaves the row whose name has the word. A limit is no latency.
Cell by_itself(const std::string& name, const spec::RunResult& run, const Cell& cell) {
  const bool has_word = cell.text.find(latency_word(run)) != std::string::npos;
  return !is_latency(name) || name.starts_with("slo_") || has_word ? cell : with_word(cell, run);
}

// "16" is a number, "4/s" is 4 to an axis, "fp8" a word.
Cell setting_cell(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const bool has_unit = read.ec == std::errc() && (read.ptr == end || *read.ptr == '/');
  return has_unit ? Cell{number, text} : Cell{text, text};
}

}  // namespace

std::string csv_name(const Column& column, const Row& row) {
  std::string name = column.key;
  if (const auto gap = name.find("{}"); gap != std::string::npos) {
    name.replace(gap, 2, row.key);
  }
  return name;
}

RunColumns::RunColumns(const Subject& subject, const std::vector<Table>& tables)
    : runs_(subject.labels.size()) {
  add_settings(subject);
  for (const Table& table : tables) {
    for (const Row& row : table.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Column& column = table.columns[i];
        for (const std::size_t run : row.runs) {
          if (!column.key.empty()) {
            const std::string name = csv_name(column, row);
            set(name, run, by_itself(name, subject.results.runs[run], row.cells[i]));
          }
        }
      }
    }
  }
}

const RunData* RunColumns::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &columns_[found->second];
}

// What two tables show is the same number; the first one stays.
void RunColumns::set(const std::string& name, std::size_t run, const Cell& cell) {
  const auto [place, is_new] = places_.try_emplace(name, columns_.size());
  if (is_new) {
    columns_.push_back({name, std::vector<Cell>(runs_, no_cell())});
  }
  Cell& own = columns_[place->second].cells[run];
  if (std::holds_alternative<std::monostate>(own.value)) {
    own = cell;
  }
}

void RunColumns::add_settings(const Subject& subject) {
  for (std::size_t i = 0; i < runs_; ++i) {
    const spec::RunSpec& run = subject.results.runs[i].spec;
    set("run", i, {subject.labels[i], subject.labels[i]});
    set("variant", i, {run.variant, run.variant});
    set("gpu_count", i, count_cell(spec::num_gpus(run)));
    if (const auto load = load_of(run)) {
      set("load", i, {load->value, load_text(*load)});
    }
    for (const auto& [key, value] : run.overrides) {
      set(key, i, setting_cell(value));
    }
  }
}

}  // namespace kvsim::report
