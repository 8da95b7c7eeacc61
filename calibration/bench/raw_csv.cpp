#include "calibration/bench/raw_csv.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace kvsim {
namespace bench {
namespace {

constexpr double kStreamingBytes = 256 << 20;  // below, launches and L2 are in the time

const std::vector<std::string>& columns() {
  static const std::vector<std::string> kColumns = {
      "op",           "role",        "dtype",         "kernel",    "asked",    "shape",
      "round",        "cache",       "sets",          "median_us", "low_us",   "high_us",
      "spread",       "repetitions", "discarded",     "bytes",     "flops",    "sm_mhz_before",
      "sm_mhz_after", "memory_mhz",  "temperature_c", "power_w",   "throttle", "above_peak"};
  return kColumns;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) {
    fields.push_back(field);
  }
  return fields;
}

std::string field_of(const std::vector<std::string>& fields, const char* column) {
  const auto at = std::find(columns().begin(), columns().end(), column);
  return fields[static_cast<std::size_t>(at - columns().begin())];
}

std::string number(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::string raw_header() {
  std::string line;
  for (const std::string& column : columns()) {
    line += (line.empty() ? "" : ",") + column;
  }
  return line + "\n";
}

std::string raw_line(const RawRow& row) {
  const Measurement& m = row.measured;
  char throttle[24];
  std::snprintf(throttle, sizeof throttle, "0x%llx", static_cast<unsigned long long>(m.throttle));
  const std::vector<std::string> fields = {name_of(row.point.op),
                                           name_of(row.point.role),
                                           row.point.dtype,
                                           row.kernel,
                                           row.point.kernel,
                                           shape_text(row.point),
                                           std::to_string(row.round),
                                           row.cold ? "cold" : "warm",
                                           std::to_string(row.sets),
                                           number(m.median * 1e6, "%.4f"),
                                           number(m.low * 1e6, "%.4f"),
                                           number(m.high * 1e6, "%.4f"),
                                           number(m.spread, "%.5f"),
                                           std::to_string(m.repetitions),
                                           std::to_string(m.discarded),
                                           std::to_string(bytes_of(row.point)),
                                           number(flops_of(row.point), "%.0f"),
                                           std::to_string(m.before.sm_mhz),
                                           std::to_string(m.after.sm_mhz),
                                           std::to_string(m.after.memory_mhz),
                                           std::to_string(m.after.temperature_c),
                                           number(m.after.power_w, "%.1f"),
                                           throttle,
                                           row.above_peak ? "1" : "0"};
  std::string line;
  for (const std::string& field : fields) {
    line += (line.empty() ? "" : ",") + field;
  }
  return line + "\n";
}

std::string key_of(const Point& point, int round) {
  return std::string(name_of(point.op)) + "|" + point.kernel + "|" + point.dtype + "|" +
         shape_text(point) + "|" + std::to_string(round);
}

RawFile::RawFile(std::string path) : path_(std::move(path)) { read_existing(); }

void RawFile::read_existing() {
  std::ifstream file(path_, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole < text.size() && truncate(path_.c_str(), static_cast<off_t>(whole)) != 0) {
    throw std::runtime_error(path_ + ": cannot cut off its unfinished last line");
  }
  text.resize(whole);
  if (text.empty()) {
    std::ofstream fresh(path_, std::ios::binary);
    fresh << raw_header();
    if (!fresh.flush()) {
      throw std::runtime_error(path_ + ": cannot be written");
    }
    return;
  }
  std::stringstream lines(text);
  std::string line;
  std::getline(lines, line);
  if (line + "\n" != raw_header()) {
    throw std::runtime_error(path_ +
                             ": not written by this version (other columns); give another --out");
  }
  while (std::getline(lines, line)) {
    remember(line);
  }
}

void RawFile::remember(const std::string& line) {
  const auto fields = fields_of(line);
  if (fields.size() != columns().size()) {
    throw std::runtime_error(path_ + ": a line has not " + std::to_string(columns().size()) +
                             " fields: " + line);
  }
  keys_.insert(field_of(fields, "op") + "|" + field_of(fields, "asked") + "|" +
               field_of(fields, "dtype") + "|" + field_of(fields, "shape") + "|" +
               field_of(fields, "round"));
  const double bytes = std::atof(field_of(fields, "bytes").c_str());
  const double seconds = std::atof(field_of(fields, "median_us").c_str()) * 1e-6;
  if (field_of(fields, "op") == name_of(Op::StreamRead) && bytes >= kStreamingBytes) {
    streaming_peak_ = std::max(streaming_peak_, bytes / seconds);
  }
}

bool RawFile::has(const Point& point, int round) const {
  return keys_.count(key_of(point, round)) != 0;
}

void RawFile::append(const RawRow& row) {
  const std::string line = raw_line(row);
  std::FILE* file = std::fopen(path_.c_str(), "ab");
  const bool written = file != nullptr && std::fputs(line.c_str(), file) >= 0 &&
                       std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  if (file != nullptr) {
    std::fclose(file);
  }
  if (!written) {
    throw std::runtime_error(path_ + ": cannot be written");
  }
  remember(line.substr(0, line.size() - 1));
}

}  // namespace bench
}  // namespace kvsim
