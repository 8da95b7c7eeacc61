// One file to one struct: a model, a GPU, an engine profile, a card.
#pragma once

#include <filesystem>
#include <string>

#include "sim/config/binder.hpp"
#include "sim/config/loader.hpp"

namespace kvsim::config {

/// `path` is where such a file's content stands in a study; its last part names it in messages.
template <class T>
[[nodiscard]] T read_part_as(Loader& loader, const std::filesystem::path& file,
                             const std::string& path, const KeyTable& table, Faults& faults) {
  const std::string label = path.substr(path.rfind('.') + 1);
  return read_struct<T>(loader.read_part(file, path), table, faults, label);
}

}  // namespace kvsim::config
