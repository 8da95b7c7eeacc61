// The points of one study: which were finished before, where the others are written, and what to
// say of them. A point is one simulation: a run, or one of its replicates.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/cli/point_keys.hpp"
#include "sim/cli/point_store.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

class StudyPoints {
 public:
  enum class Afterwards { Keep, Remove };
  /// Throws ConfigError that names the folder when nothing can be written there.
  StudyPoints(const spec::StudySpec& study, std::size_t replicates, std::filesystem::path folder,
              Afterwards afterwards);

  [[nodiscard]] const PointKeys& keys() const { return keys_; }
  /// Only so many of the study's points are asked for.
  void expect(std::size_t points) { total_ = points; }
  [[nodiscard]] std::size_t total() const { return total_; }
  /// Points of the study that are not there.
  [[nodiscard]] std::size_t missing() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return store_.folder(); }

  // Simulations that were finished before; each is asked for once.
  [[nodiscard]] std::optional<spec::RunResult> find_run(std::size_t run);
  [[nodiscard]] std::optional<StoredReplicate> find_replicate(std::size_t run,
                                                              std::size_t replicate);
  /// How many were found, and what was there and of no use. Empty: there is nothing to say.
  [[nodiscard]] std::string said_of_before() const;

  // Simulations that finish now; safe to call from many threads.
  [[nodiscard]] std::filesystem::path rows_aside(std::size_t run) const;
  void keep_run(std::size_t run, const spec::RunResult& result);
  void keep_replicate(std::size_t run, std::size_t replicate, const StoredReplicate& outcome);

  /// The rows of every run, once all are finished.
  [[nodiscard]] std::vector<std::filesystem::path> rows() const;
  /// How many are finished, where they lie, and how to go on. Empty: none is.
  [[nodiscard]] std::string said_when_stopped() const;
  /// The output is complete, or will never be wanted: removes the points, unless they are to stay.
  void let_go();

 private:
  const spec::StudySpec& study_;
  PointKeys keys_;
  PointStore store_;
  Afterwards afterwards_;
  std::size_t replicates_;
  std::size_t total_;
  std::size_t before_ = 0;
  std::atomic<std::size_t> now_{0};
};

/// Those of `kvsim run`: beside --out or in --points; null without --out, and where each step is
/// watched, which no stored point can make up for.
[[nodiscard]] std::unique_ptr<StudyPoints> points_of(const spec::StudySpec& study,
                                                     const RunOptions& options);

}  // namespace kvsim::cli
