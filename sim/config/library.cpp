#include "sim/config/library.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const Library& library, const Shelf& shelf) {
  return shelf.folder.empty() ? library.templates : library.configs / shelf.folder;
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

bool looks_like_path(const std::string& text) {
  return text.find('/') != std::string::npos || is_yaml(text) || text.ends_with(".json");
}

// Hugging Face's ORG/NAME.
bool looks_like_repository(const std::string& text) {
  const std::size_t slash = text.find('/');
  return slash != std::string::npos && slash > 0 && slash == text.rfind('/') &&
         slash + 1 < text.size() && text.front() != '.' && !is_yaml(text) &&
         !text.ends_with(".json");
}

// "h100" is no typo of one name but the beginning of several.
std::vector<std::string> names_that_start_with(const std::string& typed,
                                               std::vector<std::string> names) {
  const std::string start = lower_case(typed);
  std::erase_if(names,
                [&](const std::string& name) { return start.empty() || !name.starts_with(start); });
  return names;
}

std::vector<std::string> notes_for_unknown(const Library& library, const Shelf& shelf,
                                           const std::string& typed) {
  const std::vector<std::string> known = known_names(library, shelf);
  std::vector<std::string> notes;
  const std::string last_part = typed.substr(typed.rfind('/') + 1);
  const std::vector<std::string> longer = names_that_start_with(last_part, known);
  if (const auto guess = guess_word(last_part, known)) {
    notes.push_back(fmt::format("did you mean '{}'?", *guess));
  } else if (!longer.empty()) {
    notes.push_back(fmt::format("did you mean one of: {}?", comma_list(longer)));
  }
  if (shelf.what == kModels.what && looks_like_repository(typed)) {
    notes.emplace_back("kvsim never downloads: give the path of the model's config.json");
  }
  if (!shelf.way_out.empty()) {
    notes.emplace_back(shelf.way_out);
  } else {
    notes.push_back(known.empty() ? "none is known" : "known: " + comma_list(known));
  }
  return notes;
}

fs::path by_path(const Library& library, const Shelf& shelf, const Node& name,
                 const std::string& path, Faults& faults) {
  const fs::path file = (name.place.source->directory / name.text).lexically_normal();
  if (fs::is_regular_file(file)) {
    return file;
  }
  faults.error(name.place, fmt::format("there is no file '{}'", file.string()), path,
               notes_for_unknown(library, shelf, name.text));
  return {};
}

}  // namespace

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(folder, error)) {
    if (is_yaml(item.path())) {
      files.push_back(item.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> known_names(const Library& library, const Shelf& shelf) {
  std::vector<std::string> names;
  for (const fs::path& file : yaml_files(folder_of(library, shelf))) {
    names.push_back(file.stem().string());
  }
  return names;
}

fs::path find_named(const Library& library, const Shelf& shelf, const Node& name,
                    const std::string& path, Faults& faults) {
  if (looks_like_path(name.text)) {
    return by_path(library, shelf, name, path, faults);
  }
  fs::path file = folder_of(library, shelf) / (name.text + ".yaml");
  if (fs::is_regular_file(file)) {
    return file;
  }
  faults.error(name.place, fmt::format("unknown {} '{}'", shelf.what, name.text), path,
               notes_for_unknown(library, shelf, name.text));
  return {};
}

fs::path find_import(const Node& name, const std::string& path, Faults& faults) {
  if (name.kind != NodeKind::Scalar) {
    faults.error(name.place, "'from' must be the path of one file", path);
    return {};
  }
  const fs::path file = (name.place.source->directory / name.text).lexically_normal();
  if (!fs::is_regular_file(file)) {
    faults.error(name.place, fmt::format("there is no file '{}'", file.string()), path,
                 {"the path starts at the folder of this file"});
    return {};
  }
  if (file.extension() == ".json") {
    faults.error(name.place, "a benchmark's result cannot be imported yet", path,
                 {"inference-perf's YAML can; for the requests of a result, write its input_lens "
                  "and output_lens as CSV and use trace: with format: lengths"});
    return {};
  }
  if (!is_yaml(file)) {
    faults.error(name.place, fmt::format("'{}' is no YAML file", name.text), path,
                 {"from: reads inference-perf's YAML; a trace goes under trace:"});
    return {};
  }
  return file;
}

}  // namespace kvsim::config
