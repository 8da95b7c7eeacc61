// The files that ship with kvsim, as tests see them.
#pragma once

#include "kvsim_version.hpp"
#include "sim/config/config.hpp"

namespace kvsim::test {

[[nodiscard]] inline config::Library shipped_library() {
  const std::filesystem::path root = KVSIM_SOURCE_DIR;
  return {root / "configs", root / "calibration" / "cards"};
}

[[nodiscard]] inline spec::ModelSpec shipped_model(const std::string& name) {
  return config::load_model(name, shipped_library());
}

}  // namespace kvsim::test
