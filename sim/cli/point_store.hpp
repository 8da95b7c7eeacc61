// Finished points in a folder, one by one: written aside, then renamed, so that a killed process
// leaves whole ones only.
//
//   <key>.run         the result of a run, exactly; appears after its rows
//   <key>.rows        its rows of requests.csv
//   <key>.replicate   what one replicate says
//
// A file begins with the SHA-256 of what follows, and names its key. One that is damaged, or that
// somebody else wrote, is as good as none; faults() tells of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/plan/replicate.hpp"
#include "sim/report/hidden_folder.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cli {

struct StoredReplicate {
  plan::Outcome outcome;
  double wall_seconds = 0;
};

class PointStore {
 public:
  /// Throws ConfigError that names the folder when nothing can be written there.
  explicit PointStore(std::filesystem::path folder);

  [[nodiscard]] const std::filesystem::path& folder() const { return hidden_.target(); }
  /// No point was there at first.
  [[nodiscard]] bool was_empty() const { return names_.empty(); }
  /// There at first, whole or not.
  [[nodiscard]] bool has_run(const std::string& key) const { return names_.contains(key + ".run"); }
  [[nodiscard]] bool has_replicate(const std::string& key) const {
    return names_.contains(key + ".replicate");
  }
  /// The result of `run`, if it and its rows are there and whole.
  [[nodiscard]] std::optional<spec::RunResult> find_run(const std::string& key,
                                                        const spec::RunSpec& run);
  [[nodiscard]] std::optional<StoredReplicate> find_replicate(const std::string& key);
  /// What was there and could not be used, as notes.
  [[nodiscard]] const std::vector<Diagnostic>& faults() const { return faults_; }

  /// Where the rows of a finished run lie.
  [[nodiscard]] std::filesystem::path rows_of(const std::string& key) const;
  /// Where to write them until keep_run().
  [[nodiscard]] std::filesystem::path rows_aside(const std::string& key) const;
  /// Safe to call from many threads, for different keys. Requires: the rows are written and closed.
  void keep_run(const std::string& key, const spec::RunResult& result) const;
  void keep_replicate(const std::string& key, const StoredReplicate& replicate) const;

  /// Removes every point, whatever study it is of; the folder too, when nothing else is in it.
  void remove_all();

 private:
  [[nodiscard]] std::optional<std::string> read(const std::string& name, const std::string& key);
  [[nodiscard]] bool rows_are_whole(const std::string& key, const std::string& about);
  void put(const std::string& name, const std::string& key, const std::string& content) const;
  void note(const std::string& name, std::string message);

  report::HiddenFolder hidden_;
  std::unordered_set<std::string> names_;  ///< that were there at first
  std::vector<Diagnostic> faults_;
};

}  // namespace kvsim::cli
