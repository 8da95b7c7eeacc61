// What `kvsim calibrate ...` says on the command line.
#pragma once

#include <string>
#include <vector>

#include "calibration/fit/samples.hpp"

namespace kvsim::cli {

struct FitOptions {
  std::string table;
  std::string raw;  ///< a folder of kvsim-calibrate, instead of a table
  std::string op;
  std::string gpu = "h100-sxm";
  std::string out;
  fit::RowFilter rows;
  std::string name;    ///< empty: GPU/operator/stack/dtype
  std::string source;  ///< empty: the table's file name
  std::vector<std::string> transfer_to;
  std::string graph_launch;            ///< empty: keep what the harness timed
  std::string dynamic_scales;          ///< part of launch that static scales save; empty: none
  std::vector<std::string> transfers;  ///< GPU=table: how far off is the card there?
  std::vector<double> skew;            ///< share, least_tiles_per_sm, mixed_share; empty: none
};

struct EvaluateOptions {
  std::string card;
  std::string table;
  std::string gpu;  ///< empty: the card's first
  fit::RowFilter rows;
  std::string format = "table";
  std::string points;  ///< empty: no file of single rows
};

struct HostOptions {
  std::string measured;
  std::string map;  ///< empty: by the columns
  std::string stack;
  std::string out;
};

struct ShowOptions {
  std::string card;
};

struct ImportOptions {
  std::string format;
  std::string op;
  std::string in;
  std::string out;
  std::vector<std::string> columns;  ///< ours=theirs, or ours=number
  std::vector<std::string> where;    ///< theirs=text
  std::string sum;                   ///< theirs=a,b: kernels that make one call together
};

struct KernelReportOptions {
  std::string data;
  std::string out;
};

int calibrate_fit(const FitOptions& options);
int calibrate_fit_raw(const FitOptions& options);
int calibrate_evaluate(const EvaluateOptions& options);
int calibrate_host(const HostOptions& options);
int calibrate_show(const ShowOptions& options);
int calibrate_import(const ImportOptions& options);
int calibrate_report(const KernelReportOptions& options);

}  // namespace kvsim::cli
