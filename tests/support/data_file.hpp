// A file of the development data, if it is there.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace kvsim::workload {

inline std::optional<std::string> data_file(const std::string& name) {
  const char* folder = std::getenv("KVSIM_DATA_DIR");
  const std::filesystem::path path = std::filesystem::path(folder ? folder : "") / name;
  if (folder != nullptr && std::filesystem::exists(path)) {
    return path.string();
  }
  return std::nullopt;
}

}  // namespace kvsim::workload

/// Declares `path`; without the file the test is skipped, or fails where data is required.
#define KVSIM_NEEDS_DATA(path, name)                                        \
  const auto path = ::kvsim::workload::data_file(name);                     \
  if (!path) {                                                              \
    ASSERT_EQ(std::getenv("KVSIM_REQUIRE_DATA"), nullptr) << "no " << name; \
    GTEST_SKIP() << "set KVSIM_DATA_DIR to the folder of development data"; \
  }
