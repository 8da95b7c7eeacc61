#include "sim/report/requests_join.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include "sim/base/check.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/requests_csv.hpp"

namespace kvsim::report {
namespace {

constexpr std::size_t kChunk = 1 << 16;

}  // namespace

RequestsJoin::RequestsJoin(std::vector<std::filesystem::path> parts, std::filesystem::path target)
    : parts_(std::move(parts)),
      target_(std::move(target)),
      file_(target_, std::ios::binary | std::ios::trunc),
      ready_(parts_.size()) {
  append(kRequestsCsvHeader);
  append("\n");
}

void RequestsJoin::append(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file_) {
    fail_to_write(target_, std::strerror(errno));
  }
  hash_.update(bytes);
}

void RequestsJoin::append_file(const std::filesystem::path& part) {
  std::ifstream in(part, std::ios::binary);
  KVSIM_CHECK(in.good(), "a part of requests.csv is missing");
  std::array<char, kChunk> buffer;
  while (in.read(buffer.data(), buffer.size()), in.gcount() > 0) {
    append({buffer.data(), static_cast<std::size_t>(in.gcount())});
  }
}

// Whether this thread is to append now: the part is the next, and no other thread is at it.
bool RequestsJoin::takes_over(std::size_t part) {
  const std::lock_guard lock(mutex_);
  ready_[part] = true;
  if (joining_ || part != next_) {
    return false;
  }
  joining_ = true;
  return true;
}

// After a part. Who sees false has left the rest to whoever brings the next.
bool RequestsJoin::next_is_ready_too() {
  const std::lock_guard lock(mutex_);
  ++next_;
  joining_ = next_ < parts_.size() && ready_[next_];
  return joining_;
}

void RequestsJoin::ready(std::size_t part) {
  if (!takes_over(part)) {
    return;
  }
  do {
    append_file(parts_[next_]);  // nobody else changes next_ meanwhile
  } while (next_is_ready_too());
}

std::string RequestsJoin::finish() {
  KVSIM_CHECK(next_ == parts_.size(), "a run has written no rows");
  file_.close();
  if (!file_) {
    fail_to_write(target_, std::strerror(errno));
  }
  return hash_.hex();
}

}  // namespace kvsim::report
