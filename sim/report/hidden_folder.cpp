#include "sim/report/hidden_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "sim/report/output_directory.hpp"

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".kvsim-unfinished-";
constexpr std::string_view kUnique = "XXXXXX";  // of mkdtemp

// An open folder, locked or not; closing it unlocks it.
class FolderLock {
 public:
  FolderLock(const fs::path& folder, int how)
      : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        locked_(file_ >= 0 && ::flock(file_, how) == 0) {}
  ~FolderLock() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  [[nodiscard]] bool locked() const { return locked_; }
  [[nodiscard]] int release() { return std::exchange(file_, -1); }

 private:
  int file_;
  bool locked_;
};

// The folders on the way to `path` that do not exist yet, outermost first.
std::vector<fs::path> missing_folders(const fs::path& path) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path p = path; !p.empty() && !fs::exists(p, ignored); p = p.parent_path()) {
    if (p.has_filename()) {
      missing.push_back(p);
    }
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

bool is_hidden_folder(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  std::error_code ignored;
  return name.starts_with(kPrefix) && name.size() == kPrefix.size() + kUnique.size() &&
         entry.is_directory(ignored) && !entry.is_symlink(ignored);
}

// Of a process that was killed: nobody holds its lock.
void remove_the_dead(const fs::path& target) {
  std::vector<fs::path> dead;
  std::error_code error;
  for (fs::directory_iterator each(target, error), end; !error && each != end;
       each.increment(error)) {
    if (is_hidden_folder(*each) && FolderLock(each->path(), LOCK_EX | LOCK_NB).locked()) {
      dead.push_back(each->path());
    }
  }
  for (const fs::path& folder : dead) {
    fs::remove_all(folder, error);
  }
}

}  // namespace

HiddenFolder::HiddenFolder(fs::path target)
    : target_(std::move(target)), created_(missing_folders(target_)) {
  std::error_code error;
  if (fs::exists(target_, error) && !fs::is_directory(target_, error)) {
    fail_to_write(target_, "it is a file, not a folder");
  }
  try {
    fs::create_directories(target_, error);
    if (error) {
      fail_to_write(target_, error.message());
    }
    make();
  } catch (...) {
    remove_all_traces();
    throw;
  }
}

HiddenFolder::~HiddenFolder() {
  remove_all_traces();
  if (lock_ >= 0) {
    ::close(lock_);
  }
}

// The target stays locked meanwhile, so that nobody takes a new folder for a dead one between its
// making and its locking.
void HiddenFolder::make() {
  const FolderLock among_others(target_, LOCK_EX);
  if (among_others.locked()) {
    remove_the_dead(target_);
  }
  std::string name = (target_ / kPrefix).string() + std::string(kUnique);
  if (::mkdtemp(name.data()) == nullptr) {
    fail_to_write(target_, std::strerror(errno));
  }
  path_ = name;
  lock_ = FolderLock(path_, LOCK_EX | LOCK_NB).release();
}

void HiddenFolder::remove_all_traces() noexcept {
  std::error_code ignored;
  if (!path_.empty()) {
    fs::remove_all(path_, ignored);
  }
  for (auto folder = created_.rbegin(); folder != created_.rend(); ++folder) {
    fs::remove(*folder, ignored);  // only if empty
  }
}

}  // namespace kvsim::report
