#include "sim/config/config.hpp"

#include <fmt/format.h>

#include "sim/base/spelling.hpp"
#include "sim/config/library.hpp"
#include "sim/config/parts.hpp"
#include "sim/config/study_builder.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

// What a file of the library is read with.
struct Reader {
  explicit Reader(const Library& library)
      : study_table(KeyTable::of<Document>()),
        merger(study_table, faults),
        loader(library, merger, faults) {}

  Faults faults;
  KeyTable study_table;
  Merger merger;
  Loader loader;
};

// A name that came from a flag or a function's argument.
Node named(std::string_view flag, const std::string& name) {
  const SourcePtr source = make_source(fmt::format("--{} {}", flag, name), name);
  return {.kind = NodeKind::Scalar, .text = name, .place = whole_source(source)};
}

template <class T>
T load_named(const Library& library, const Shelf& shelf, const std::string& path,
             const std::string& name) {
  Reader reader(library);
  const Node node = named(path.substr(path.rfind('.') + 1), name);
  const fs::path file = find_named(library, shelf, node, path, reader.faults);
  reader.faults.throw_if_any();
  T value = read_part_as<T>(reader.loader, file, path, KeyTable::of<T>(), reader.faults);
  reader.faults.throw_if_any();
  return value;
}

template <class T>
std::vector<T> load_folder(const Library& library, const fs::path& folder,
                           const std::string& path) {
  Reader reader(library);
  const KeyTable table = KeyTable::of<T>();
  std::vector<T> all;
  for (const fs::path& file : yaml_files(folder)) {
    all.push_back(read_part_as<T>(reader.loader, file, path, table, reader.faults));
  }
  reader.faults.throw_if_any();
  return all;
}

bool is_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml");
}

Diagnostic no_such_card(const std::string& name, const std::vector<spec::CardSpec>& cards) {
  std::vector<std::string> known;
  for (const spec::CardSpec& card : cards) {
    known.push_back(card.name);
  }
  Diagnostic fault;
  fault.place.file = "--card " + name;
  fault.message = fmt::format("no card is called '{}', and there is no such file", name);
  if (const auto near = nearest_word(name, known)) {
    fault.notes.push_back(fmt::format("did you mean '{}'?", *near));
  }
  fault.notes.emplace_back("'kvsim cards' lists all");
  return fault;
}

constexpr std::string_view kTrivialStudy = R"(version: 1
name: explain
cluster: {replicas: 1}
engine: {}
workload:
  arrivals: {process: all_at_once}
  lengths: {prompt: {fixed: 1}, output: {fixed: 1}}
  num_requests: 1
)";

Override as_override(const std::string& key, std::string_view flag, const std::string& name) {
  Node node = named(flag, name);
  const Place place = node.place;
  return {key, place, std::move(node)};
}

}  // namespace

spec::StudySpec load_study(const fs::path& file, const LoadOptions& options) {
  return StudyBuilder(options).from_file(file);
}

spec::PlanStudy load_plan(const fs::path& file, const LoadOptions& options) {
  return StudyBuilder(options).plan_from_file(file);
}

std::optional<spec::PlanStudy> find_plan(const fs::path& file, const LoadOptions& options) {
  return StudyBuilder(options).plan_if_any(file);
}

spec::StudySpec load_run(const RunRequest& request, const Library& library) {
  StudyBuilder builder({library, request.sets, 0, request.with_cards}, request.only_explained);
  return builder.from_text(
      make_source("explain", std::string(kTrivialStudy)),
      {as_override("model", "model", request.model), as_override("cluster.gpu", "gpu", request.gpu),
       as_override("engine.profile", "profile", request.profile)});
}

spec::ModelSpec load_model(const std::string& name_or_path, const Library& library) {
  return load_named<spec::ModelSpec>(library, kModels, "model", name_or_path);
}

spec::GpuSpec load_gpu(const std::string& name_or_path, const Library& library) {
  return load_named<spec::GpuSpec>(library, kGpus, "cluster.gpu", name_or_path);
}

spec::EngineSpec load_engine(const std::string& profile, const Library& library) {
  Reader reader(library);
  Node tree = nest("engine.profile", {}, named("profile", profile));
  reader.loader.lay_profile_under(tree);
  reader.faults.throw_if_any();
  auto engine = read_struct<spec::EngineSpec>(
      find_entry(tree, "engine")->value, KeyTable::of<spec::EngineSpec>(), reader.faults, "engine");
  reader.faults.throw_if_any();
  return engine;
}

spec::CardSpec load_card(const std::string& name_or_path, const Library& library) {
  if (is_path(name_or_path) && fs::exists(name_or_path)) {  // names hold slashes as well
    Reader reader(library);
    auto card = read_part_as<spec::CardSpec>(reader.loader, name_or_path, "card",
                                             KeyTable::of<spec::CardSpec>(), reader.faults);
    reader.faults.throw_if_any();
    return card;
  }
  std::vector<spec::CardSpec> cards = load_cards(library);
  for (spec::CardSpec& card : cards) {
    if (card.name == name_or_path) {
      return std::move(card);
    }
  }
  throw ConfigError({no_such_card(name_or_path, cards)});
}

std::vector<spec::ModelSpec> load_models(const Library& library) {
  return load_folder<spec::ModelSpec>(library, library.configs / kModels.folder, "model");
}

std::vector<spec::GpuSpec> load_gpus(const Library& library) {
  return load_folder<spec::GpuSpec>(library, library.configs / kGpus.folder, "cluster.gpu");
}

std::vector<spec::CardSpec> load_cards(const Library& library) {
  return load_folder<spec::CardSpec>(library, library.cards, "card");
}

std::vector<spec::SloSpec> load_slos(const Library& library) {
  return load_folder<spec::SloSpec>(library, library.configs / kSlos.folder, "slo");
}

}  // namespace kvsim::config
