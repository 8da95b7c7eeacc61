#include "sim/cli/point_store.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/base/sha256.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/snapshot.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPointFormat = "kvsim point 1";
constexpr std::array<std::string_view, 3> kEndings = {".run", ".rows", ".replicate"};
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kChunk = 1 << 16;

bool is_point(const std::string& name) {
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return name.size() == kHashDigits + ending.size() && name.ends_with(ending) &&
           name.find_first_not_of("0123456789abcdef") == kHashDigits;
  });
}

std::unordered_set<std::string> names_in(const fs::path& folder) {
  std::unordered_set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    if (std::string name = each->path().filename().string(); is_point(name)) {
      names.insert(std::move(name));
    }
  }
  return names;
}

// A checksum rather than a hash: rows may be gigabytes, and are guarded against accidents only.
std::string about_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, kChunk> buffer{};
  std::uint64_t size = 0;
  uLong sum = crc32(0, nullptr, 0);
  while (file.read(buffer.data(), buffer.size()), file.gcount() > 0) {
    const auto count = static_cast<std::size_t>(file.gcount());
    size += count;
    sum = crc32(sum, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(count));
  }
  return fmt::format("{} bytes, crc32 {:08x}", size, sum);
}

void rename_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    report::fail_to_write(to, error.message());
  }
}

std::string text_of(const StoredReplicate& replicate) {
  const plan::Outcome& outcome = replicate.outcome;
  nlohmann::json metrics = nlohmann::json::array();
  for (const std::optional<double>& metric : outcome.metrics) {
    metrics.push_back(metric ? nlohmann::json(*metric) : nlohmann::json(nullptr));
  }
  return nlohmann::json{{"metrics", std::move(metrics)},
                        {"truncated_share", outcome.truncated_share},
                        {"is_overloaded", outcome.is_overloaded},
                        {"completed", outcome.completed},
                        {"computed_tokens", outcome.computed_tokens},
                        {"wall_seconds", replicate.wall_seconds}}
      .dump();
}

std::optional<StoredReplicate> read_replicate(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    StoredReplicate replicate;
    plan::Outcome& outcome = replicate.outcome;
    for (const auto& metric : json.at("metrics")) {
      outcome.metrics.push_back(metric.is_null() ? std::nullopt
                                                 : std::optional(metric.get<double>()));
    }
    json.at("truncated_share").get_to(outcome.truncated_share);
    json.at("is_overloaded").get_to(outcome.is_overloaded);
    json.at("completed").get_to(outcome.completed);
    json.at("computed_tokens").get_to(outcome.computed_tokens);
    json.at("wall_seconds").get_to(replicate.wall_seconds);
    const bool whole = outcome.metrics.size() == plan::headline_metrics().size();
    return whole ? std::optional(replicate) : std::nullopt;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// The first line of `text`, which is cut off.
std::string take_line(std::string& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line = text.substr(0, end);
  text.erase(0, std::min(end + 1, text.size()));
  return line;
}

}  // namespace

PointStore::PointStore(fs::path folder)
    : hidden_(std::move(folder)), names_(names_in(hidden_.target())) {}

void PointStore::note(const std::string& name, std::string message) {
  Diagnostic fault;
  fault.severity = Severity::Note;
  fault.place.file = (folder() / name).string();
  fault.message = std::move(message);
  faults_.push_back(std::move(fault));
}

// What follows the hash and the key.
std::optional<std::string> PointStore::read(const std::string& name, const std::string& key) {
  if (!names_.contains(name)) {
    return std::nullopt;
  }
  std::ifstream file(folder() / name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string hash = take_line(text);
  if (hash != sha256_hex(text) || take_line(text) != kPointFormat || take_line(text) != key) {
    note(name, "this finished point is damaged, or of somebody else; it is simulated again");
    return std::nullopt;
  }
  return text;
}

bool PointStore::rows_are_whole(const std::string& key, const std::string& about) {
  if (about_file(rows_of(key)) == about) {
    return true;
  }
  note(rows_of(key).filename().string(),
       "the rows of this finished point are damaged or gone; it is simulated again");
  return false;
}

std::optional<spec::RunResult> PointStore::find_run(const std::string& key,
                                                    const spec::RunSpec& run) {
  auto text = read(key + ".run", key);
  if (!text || !rows_are_whole(key, take_line(*text))) {
    return std::nullopt;
  }
  return report::read_outcome_text(*text, run);
}

std::optional<StoredReplicate> PointStore::find_replicate(const std::string& key) {
  const auto text = read(key + ".replicate", key);
  return text ? read_replicate(*text) : std::nullopt;
}

fs::path PointStore::rows_of(const std::string& key) const { return folder() / (key + ".rows"); }

fs::path PointStore::rows_aside(const std::string& key) const {
  return hidden_.path() / ("rows-" + key);
}

void PointStore::put(const std::string& name, const std::string& key,
                     const std::string& content) const {
  const std::string text = fmt::format("{}\n{}\n{}", kPointFormat, key, content);
  report::write_file(hidden_.path() / name, sha256_hex(text) + '\n' + text);
  rename_to(hidden_.path() / name, folder() / name);
}

void PointStore::keep_run(const std::string& key, const spec::RunResult& result) const {
  const std::string about = about_file(rows_aside(key));
  rename_to(rows_aside(key), rows_of(key));
  put(key + ".run", key, about + '\n' + report::outcome_text(result));
}

void PointStore::keep_replicate(const std::string& key, const StoredReplicate& replicate) const {
  put(key + ".replicate", key, text_of(replicate));
}

void PointStore::remove_all() {
  std::error_code ignored;
  for (const std::string& name : names_in(folder())) {
    fs::remove(folder() / name, ignored);
  }
  hidden_.remove_empty_target();
}

}  // namespace kvsim::cli
