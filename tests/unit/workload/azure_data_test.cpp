// The published trace; its invented twin is in trace_source_test.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "trace_file.hpp"

namespace kvsim::workload {
namespace {

std::optional<std::string> data_file(const std::string& name) {
  const char* folder = std::getenv("KVSIM_DATA_DIR");
  const std::filesystem::path path = std::filesystem::path(folder ? folder : "") / name;
  if (folder != nullptr && std::filesystem::exists(path)) {
    return path.string();
  }
  return std::nullopt;
}

// AzurePublicDataset, AzureLLMInferenceTrace_conv.csv: 19 366 requests in 3 502 s, 5.53/s.
// First row 18:15:46.6805900, last row 19:14:08.4025270: 3 501.721 937 0 s apart.
TEST(AzureTrace2023, HasThePublishedRequestsAndRate) {
  const auto path = data_file("traces/azure_2023_conv.csv");
  if (!path) {
    ASSERT_EQ(std::getenv("KVSIM_REQUIRE_DATA"), nullptr) << "no azure_2023_conv.csv";
    GTEST_SKIP() << "set KVSIM_DATA_DIR to the folder of development data";
  }
  spec::WorkloadSpec workload;
  workload.trace = *path;
  workload.format = spec::TraceFormat::Azure;
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 19'366U);
  EXPECT_EQ(requests.front().arrival, SimTime());
  EXPECT_EQ(format_seconds(requests.back().arrival.since_start(), 7), "3501.7219370");
  const double seconds = to_seconds(requests.back().arrival.since_start()).value();
  EXPECT_NEAR(19'366 / seconds, 5.53, 0.005);
  EXPECT_EQ(requests.back().prompt_tokens, 197);
  EXPECT_EQ(requests.back().output_tokens, 183);
}

}  // namespace
}  // namespace kvsim::workload
