// What the command line says, as plain data. Only app.cpp and reference_app.cpp know CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kvsim::cli {

struct RunOptions {
  std::string study;
  std::string out;  ///< empty: print only
  std::vector<std::string> sets;
  std::uint64_t seed = 0;
  int jobs = 0;  ///< 0: one per core
  std::string stepper = "step";
  std::string format = "table";
  bool strict = false;
  bool fail_on_slo = false;
  bool skip_bad_lines = false;
  bool quiet = false;
  std::vector<std::string> argv;
};

struct ExplainOptions {
  std::string model;
  std::string gpu = "h100-sxm";
  std::int64_t tp = 1;
  std::string kv_cache_dtype = "auto";
  std::int64_t context = 0;
  std::int64_t batch = 1;
  std::int64_t prefill_tokens = 0;
  std::vector<std::string> sets;
  std::string format = "table";
  bool dot = false;
  // explain workload
  std::string file;       ///< a trace, or a study whose workload is drawn
  std::string format_of;  ///< empty: found out
  std::uint64_t seed = 0;
  bool skip_bad_lines = false;
};

struct CatalogueOptions {
  std::string format = "table";
};

}  // namespace kvsim::cli
