// Files to trees: follows `extends`, puts a file's content where its name stands, and remembers
// everything that was read.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/faults.hpp"
#include "sim/config/library.hpp"
#include "sim/config/merge.hpp"
#include "sim/config/node.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::config {

class Loader {
 public:
  Loader(Library library, const Merger& merger, Faults& faults)
      : library_(std::move(library)), merger_(merger), faults_(faults) {}

  /// The tree of a study file, names of models, GPUs and workloads expanded.
  [[nodiscard]] Node read_study(const std::filesystem::path& file);
  /// The tree of a file whose content belongs at `path` of a study.
  [[nodiscard]] Node read_part(const std::filesystem::path& file, const std::string& path);
  /// The same for text that is no file.
  [[nodiscard]] Node read_text(const SourcePtr& source);

  /// The file that a name on a shelf stands for, as a tree; Broken if there is none.
  [[nodiscard]] Node read_named(const Shelf& shelf, const Node& name, const std::string& path);

  /// Replaces names by what they stand for and foreign engine words by vLLM's. For whole studies
  /// and for overrides alike.
  void expand(Node& tree);
  /// Lays the defaults of engine.profile under the engine's keys; done once all overrides are in.
  void lay_profile_under(Node& tree);

  [[nodiscard]] const std::vector<spec::InputFile>& inputs() const { return inputs_; }

 private:
  [[nodiscard]] Node read_file(const std::filesystem::path& file, const std::string& path);
  [[nodiscard]] Node read_json(const Node& tree, const std::string& path);
  [[nodiscard]] Node parse_file(const std::filesystem::path& file);
  [[nodiscard]] std::optional<Node> read_parent(const Node& extends,
                                                const std::filesystem::path& file,
                                                const std::string& path);
  [[nodiscard]] Node with_parent(Node child, const std::filesystem::path& file,
                                 const std::string& path);
  [[nodiscard]] bool closes_a_cycle(const std::filesystem::path& parent, const Node& extends) const;
  void import_workload(Node& tree);
  void lay_preset_under_slo(Node& tree);
  void expand_pools(Node& tree);
  void expand_name(Node& tree, const std::string& path, const Shelf& shelf);
  void remember(const std::filesystem::path& file, const std::string& text);
  void report_missing_profile(const Entry& engine);

  Library library_;
  const Merger& merger_;
  Faults& faults_;
  std::map<std::string, Node> parts_;        // what read_part has read, by path and file
  std::vector<std::filesystem::path> open_;  // files that extend each other, outermost first
  std::vector<spec::InputFile> inputs_;
};

}  // namespace kvsim::config
