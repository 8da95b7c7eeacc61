// Commands about results that are there already: compare two, get one again.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kvsim::cli {

struct CompareOptions {
  std::string a, b;  ///< folders, or result.json itself
  std::string format = "table";
  std::vector<std::string> metrics;  ///< empty: the headline
  bool all = false;
  std::optional<double> fail_on_difference;  ///< percent
};

struct RerunOptions {
  std::string folder;
  std::string study;  ///< where the study lies now; empty: where the manifest says
  int jobs = 0;
  bool anyway = false;
  bool quiet = false;
};

int compare_results(const CompareOptions& options);
int rerun(const RerunOptions& options);

}  // namespace kvsim::cli
