#include "sim/report/requests_csv.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "sim/base/check.hpp"
#include "sim/report/output_directory.hpp"

namespace kvsim::report {
namespace {

constexpr std::int64_t kParts = 1'000'000'000;  // 10^kTimeDecimals

void append_count(std::string& text, std::int64_t value) {
  const fmt::format_int digits(value);
  text += ',';
  text.append(digits.data(), digits.size());
}

// What format_seconds and format_milliseconds write, without a string for each: five of them per
// row were four fifths of the time of writing a row.
void append_time(std::string& text, Duration duration, Int128 unit) {
  const Int128 parts = round_div(duration.attoseconds(), unit / kParts);
  if (parts < 0 || parts > std::numeric_limits<std::int64_t>::max()) {
    text += ',';
    text += unit == kAttosecondsPerSecond ? format_seconds(duration, kTimeDecimals)
                                          : format_milliseconds(duration, kTimeDecimals);
    return;
  }
  const auto count = static_cast<std::int64_t>(parts);
  append_count(text, count / kParts);
  const fmt::format_int digits(kParts + count % kParts);  // the leading 1 keeps the zeros
  text += '.';
  text.append(digits.data() + 1, digits.size() - 1);
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

RequestsCsvPart::RequestsCsvPart(std::filesystem::path path, std::string_view run_id)
    : path_(std::move(path)),
      run_id_(csv_field(run_id)),
      file_(path_, std::ios::binary | std::ios::trunc) {
  if (!file_) {
    fail_to_write(path_, std::strerror(errno));
  }
}

RequestsCsvPart::Slot& RequestsCsvPart::slot(RequestId id) {
  KVSIM_CHECK(id.value() >= next_, "a request has one row only");
  const auto place = static_cast<std::size_t>(id.value() - next_);
  if (place >= window_.size()) {
    window_.resize(place + 1);
  }
  KVSIM_CHECK(window_[place].state == State::Missing, "a request has one row only");
  return window_[place];
}

void RequestsCsvPart::write(const spec::RequestRecord& record) {
  slot(record.id) = {State::Finished, record};
  drain();
}

void RequestsCsvPart::skip(RequestId id) {
  slot(id).state = State::Skipped;
  drain();
}

void RequestsCsvPart::drain() {
  while (!window_.empty() && window_.front().state != State::Missing) {
    if (window_.front().state == State::Finished) {
      append_row(window_.front().record);
    }
    window_.pop_front();
    ++next_;
  }
  if (text_.size() >= kFlushBytes) {
    flush();
  }
}

void RequestsCsvPart::append_row(const spec::RequestRecord& record) {
  text_ += run_id_;
  append_count(text_, record.id.value());
  append_count(text_, record.replica.value());
  append_time(text_, record.arrival.since_start(), kAttosecondsPerSecond);
  append_count(text_, record.prompt_tokens);
  append_count(text_, record.output_tokens);
  append_count(text_, record.cached_tokens);
  append_time(text_, record.queue, kAttosecondsPerMillisecond);
  append_time(text_, record.ttft, kAttosecondsPerMillisecond);
  append_time(text_, record.tpot, kAttosecondsPerMillisecond);
  append_time(text_, record.e2el, kAttosecondsPerMillisecond);
  append_count(text_, record.preemptions);
  text_ += '\n';
}

void RequestsCsvPart::flush() {
  file_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
  text_.clear();
  if (!file_) {
    fail_to_write(path_, std::strerror(errno));
  }
}

void RequestsCsvPart::close() {
  KVSIM_CHECK(window_.empty(), "a request neither finished nor was refused");
  flush();
  file_.close();
  if (!file_) {
    fail_to_write(path_, std::strerror(errno));
  }
}

void concatenate_requests_csv(std::span<const std::filesystem::path> parts,
                              const std::filesystem::path& target) {
  join_parts(std::string(kRequestsCsvHeader) + '\n', parts, target);
}

}  // namespace kvsim::report
