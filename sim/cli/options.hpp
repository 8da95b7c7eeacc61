// What the command line says, as plain data. Only flags.cpp and the *app.cpp know CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/plan/replicate.hpp"
#include "sim/report/timeline_window.hpp"

namespace kvsim::cli {

struct RunOptions {
  std::string study;
  std::string out;  ///< empty: print only
  std::vector<std::string> sets;
  std::uint64_t seed = 0;
  int jobs = 0;  ///< 0: one per core
  plan::ReplicateOptions replicate;
  std::string stepper = "macro";
  std::string schedule_trace;  ///< JSON lines, one per step; empty: none
  std::string timeline;        ///< a trace for Perfetto; empty: none
  report::TimelineLimits timeline_limits;
  std::string format = "table";
  std::string page;    ///< a report template; empty: the study's
  std::string points;  ///< folder of finished points, which stay; empty: beside `out` until then
  bool keep_points = false;
  bool strict = false;
  bool fail_on_slo = false;
  bool skip_bad_lines = false;
  bool quiet = false;
  std::vector<std::string> argv;
};

struct ReportOptions {
  std::string folder;
  std::string page;  ///< a template; empty: the one that it was written with
  std::string format = "html";
  std::string out;  ///< empty: the folder itself
  bool quiet = false;
};

struct ExplainOptions {
  std::string model;
  std::string gpu = "h100-sxm";
  std::int64_t context = 0;
  std::int64_t batch = 1;
  std::int64_t prefill_tokens = 0;
  std::vector<std::string> engine;  ///< of --tp, --block-size, ...: as arguments of --set
  std::vector<std::string> sets;
  std::string format = "table";
  bool dot = false;
  // explain workload
  std::string file;       ///< a trace, or a study whose workload is drawn
  std::string format_of;  ///< empty: found out
  std::optional<std::int64_t> hash_block_size;
  std::uint64_t seed = 0;
  bool skip_bad_lines = false;
};

struct CatalogueOptions {
  std::vector<std::string> names;  ///< empty: all
  std::string format = "table";
};

struct FitsOptions {
  std::string gpu;
  std::vector<std::string> models;  ///< empty: all
  std::int64_t max_tp = 8;
  std::int64_t context = 0;         ///< 0: count sequences of max_model_len
  std::vector<std::string> engine;  ///< as in ExplainOptions
  std::vector<std::string> sets;
  std::string format = "table";
};

struct CompareAttentionOptions {
  std::string model;
  std::string gpu = "h100-sxm";
  std::vector<std::int64_t> gqa;  ///< KV heads, beside the model's own; empty: 8
  std::int64_t context = 0;       ///< 0: 8192, or the model's limit if that is less
  std::vector<std::string> engine;
  std::vector<std::string> sets;
  std::string format = "table";
};

}  // namespace kvsim::cli
