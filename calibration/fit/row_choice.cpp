#include "calibration/fit/row_choice.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "calibration/fit/sample_layout.hpp"

namespace kvsim::fit {
namespace {

bool is_wanted(const std::string& filter, const std::string& value) {
  return filter.empty() || filter == value;
}

// A format counts under its own name and under the table's.
bool is_wanted_dtype(const std::string& filter, const std::string& value) {
  return is_wanted(filter, value) ||
         (dtype_named(filter) && dtype_named(filter) == dtype_named(value));
}

// Tables of several collectives say in a column `op` which one a row is of.
bool is_named(const Layout& layout, const std::string& operation) {
  return layout.names.empty() ||
         std::find(layout.names.begin(), layout.names.end(), operation) != layout.names.end();
}

int rank_of_dtype(const std::string& name) {
  const auto dtype = dtype_named(name);
  return dtype == spec::Dtype::Bf16 ? 0 : dtype == spec::Dtype::Fp16 ? 1 : 2;
}

auto preference(const Combination& each) {
  const RowFilter& words = each.words;
  return std::make_tuple(rank_of_dtype(words.dtype), !words.stack.starts_with("vllm"),
                         words.kernel.find("eager") != std::string::npos, -each.rows, words.stack,
                         words.kernel, words.dtype);
}

}  // namespace

RowWords words_of(spec::CardOperator op, const CsvTable& table, const RowFilter& filter) {
  const Layout& layout = layout_of(op);
  RowWords words;
  words.stacks = table.texts_or("stack", filter.stack);
  words.kernels = table.texts_or(table.has("kernel") ? "kernel" : "impl", filter.kernel);
  words.dtypes = table.texts_or(layout.dtype_column, "bf16");
  const std::string_view name = layout.names.empty() ? "" : layout.names.front();
  const auto operations = table.texts_or(layout.names.empty() ? "" : "op", name);
  for (std::size_t i = 0; i < words.stacks.size(); ++i) {
    words.wanted.push_back(
        is_wanted(filter.stack, words.stacks[i]) && is_wanted(filter.kernel, words.kernels[i]) &&
        is_wanted_dtype(filter.dtype, words.dtypes[i]) && is_named(layout, operations[i]));
  }
  return words;
}

std::vector<Combination> combinations_of(spec::CardOperator op, const CsvTable& table,
                                         const RowFilter& filter) {
  const RowWords words = words_of(op, table, filter);
  std::map<std::tuple<std::string, std::string, std::string>, int> counts;
  for (std::size_t i = 0; i < words.wanted.size(); ++i) {
    if (words.wanted[i]) {
      ++counts[{words.stacks[i], words.kernels[i], words.dtypes[i]}];
    }
  }
  std::vector<Combination> all;
  for (const auto& [key, rows] : counts) {
    all.push_back({{std::get<0>(key), std::get<1>(key), std::get<2>(key)}, rows});
  }
  std::sort(all.begin(), all.end(), [](const Combination& a, const Combination& b) {
    return preference(a) < preference(b);
  });
  return all;
}

RowFilter own_rows(const spec::CardSpec& card, const CsvTable& table, const RowFilter& filter) {
  RowFilter chosen = filter;
  const auto narrow = [&](std::string& open, const std::string& own) {
    if (!open.empty() || own.empty()) {
      return;
    }
    open = own;
    if (combinations_of(card.op, table, chosen).empty()) {
      open.clear();
    }
  };
  for (const std::string& dtype : card.dtypes) {
    narrow(chosen.dtype, dtype);
  }
  narrow(chosen.stack, card.stack);
  narrow(chosen.kernel, card.kernel);
  return chosen;
}

std::string text_of(const RowFilter& words) {
  std::string text;
  for (const std::string& word : {words.stack, words.kernel, words.dtype}) {
    text += (text.empty() || word.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace kvsim::fit
