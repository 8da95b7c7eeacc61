#include "sim/workload/format_detection.hpp"

#include <algorithm>
#include <array>

#include "sim/base/csv_line.hpp"
#include "sim/workload/json_row.hpp"

namespace kvsim::workload {
namespace {

using spec::TraceFormat;

// Those with times first: their columns of lengths may be those of a trace of lengths.
constexpr std::array kCsvFormats = {TraceFormat::Azure, TraceFormat::Burstgpt, TraceFormat::Csv,
                                    TraceFormat::Lengths};

bool has_one_of(const Names& words, const Names& names) {
  return std::find_first_of(words.begin(), words.end(), names.begin(), names.end()) != words.end();
}

bool has_lengths(const Names& words, const TraceLayout& layout) {
  return has_one_of(words, layout.prompt_tokens) && has_one_of(words, layout.output_tokens);
}

TraceFormat json_format(const TextFile& file) {
  JsonRow row;
  if (parse_json_row(file.line(), {}, row)) {
    return TraceFormat::Mooncake;
  }
  if (row.find({"conversations", "messages", "prompt"}) != nullptr) {
    file.fail("the file holds words, not lengths",
              {"count the tokens with the model's tokenizer and write prompt_tokens and "
               "output_tokens, one request a line"});
  }
  if (row.find({"input_lens", "total_input_tokens", "mean_ttft_ms"}) != nullptr) {
    file.fail("the file is the result of a benchmark, not a trace",
              {"write its input_lens and output_lens as columns prompt_tokens and output_tokens of "
               "a CSV file"});
  }
  const bool has_times = row.find(standard_layout(TraceFormat::Mooncake).arrival) != nullptr;
  Names keys;
  for (const JsonMember& member : row.members) {
    keys.push_back(member.key);
  }
  const bool only_lengths = !has_times && has_lengths(keys, standard_layout(TraceFormat::Lengths));
  return only_lengths ? TraceFormat::Lengths : TraceFormat::Mooncake;
}

TraceFormat csv_format(const TextFile& file) {
  std::vector<CsvField> fields;
  Names header;
  if (!split_csv(file.line(), fields)) {
    for (const CsvField& field : fields) {
      header.emplace_back(field.text);
    }
  }
  return csv_format_of(header).value_or(TraceFormat::Csv);
}

}  // namespace

std::optional<TraceFormat> csv_format_of(const Names& header) {
  for (const TraceFormat format : kCsvFormats) {
    const TraceLayout layout = standard_layout(format);
    const bool has_times =
        layout.use == TraceUse::LengthsOnly || has_one_of(header, layout.arrival);
    if (has_times && has_lengths(header, layout)) {
      return format;
    }
  }
  return std::nullopt;
}

TraceFormat detect_format(const std::string& path) {
  TextFile file(path, kLongestJsonLine);
  while (file.next_line()) {
    const std::size_t first = file.line().find_first_not_of(" \t");
    if (first == std::string_view::npos) {
      continue;
    }
    if (file.line()[first] == '[') {
      file.fail("the trace is a JSON list", {"write one object per line, without [ ] and commas"});
    }
    return file.line()[first] == '{' ? json_format(file) : csv_format(file);
  }
  file.fail("the trace is empty", {"a CSV trace starts with a line that names its columns"});
}

}  // namespace kvsim::workload
