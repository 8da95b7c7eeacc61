// kvsim validate: predicted beside measured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/plan/replicate.hpp"

namespace CLI {
class App;
}

namespace kvsim::cli {

struct ValidateOptions {
  std::string measured;  ///< a table, or JSON of vllm bench serve
  std::string data;      ///< a folder with the usual tables of all maps, instead
  std::string map;       ///< name or path; empty: the one whose columns the table has
  std::vector<std::string> sets;
  plan::ReplicateOptions replicate;
  int jobs = 0;
  std::string format = "table";
  std::string out;  ///< a page in Markdown, with the rows beside it; empty: none
  bool quiet = false;
};

int validate_measured(const ValidateOptions& options);

void add_validate(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
