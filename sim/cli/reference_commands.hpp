// Commands about kvsim itself: what files may say, what metrics mean, what this machine has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kvsim::cli {

struct SchemaOptions {
  std::string document = "study";
};

struct InitOptions {
  std::string model = "llama-3.1-8b";
  std::string gpu = "h100-sxm";
  std::int64_t tp = 0;  ///< 0: the smallest that fits
  std::string out;      ///< empty: stdout
};

struct MetricOptions {
  std::string name;  ///< empty: all
  std::string format = "table";
};

/// Help of one command, as --help prints it.
struct HelpPage {
  std::string command;  ///< "kvsim explain kv"
  std::string text;
};

struct ReferenceOptions {
  std::string out;
};

int print_schema(const SchemaOptions& options);
int init_study(const InitOptions& options);
int explain_metric(const MetricOptions& options);
int doctor();
int write_reference(const ReferenceOptions& options, const std::vector<HelpPage>& help);

}  // namespace kvsim::cli
