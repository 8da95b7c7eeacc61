#include "calibration/bench/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "calibration/bench/point.hpp"

namespace kvsim {
namespace bench {
namespace {

// "60s", "5min", "90": seconds.
double seconds_of(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double scale = unit == "min" ? 60 : (unit.empty() || unit == "s" ? 1 : 0);
  if (end == text.c_str() || value <= 0 || scale == 0) {
    throw UsageError("--time-budget: '" + text + "' is no time; write for example 60s or 5min");
  }
  return value * scale;
}

int count_of(const std::string& text) {
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (*end != '\0' || end == text.c_str() || value < 1 || value > 100) {
    throw UsageError("--rounds: '" + text + "' is no number from 1 to 100");
  }
  return static_cast<int>(value);
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::stringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) {
    words.push_back(word);
  }
  return words;
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  const std::map<std::string, bool*> flags = {{"--quick", &options.quick},
                                              {"--dry-run", &options.dry_run},
                                              {"--verify", &options.verify},
                                              {"--small", &options.small},
                                              {"--help", &options.help},
                                              {"-h", &options.help},
                                              {"--force-resume", &options.force_resume},
                                              {"--allow-mig", &options.allow_mig}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string name = arguments[i];
    if (const auto flag = flags.find(name); flag != flags.end()) {
      *flag->second = true;
      continue;
    }
    std::string value;
    const std::size_t equals = name.find('=');
    const bool attached = equals != std::string::npos;
    if (attached) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const std::vector<std::string> valued = {"--ops", "--out", "--time-budget", "--rounds",
                                             "--commit"};
    if (std::find(valued.begin(), valued.end(), name) == valued.end()) {
      throw UsageError("unknown argument '" + name + "'; kvsim-calibrate --help lists them");
    }
    if (!attached) {
      if (i + 1 == arguments.size()) {
        throw UsageError(name + " needs a value; kvsim-calibrate --help has examples");
      }
      value = arguments[++i];
    }
    if (name == "--ops") {
      options.ops = words_of(value);
    } else if (name == "--out") {
      options.out = value;
    } else if (name == "--commit") {
      options.commit = value;
    } else if (name == "--rounds") {
      options.rounds = count_of(value);
    } else {
      options.time_budget = seconds_of(value);
    }
  }
  return options;
}

std::string help_text() {
  std::string ops;
  for (const Op op : all_ops()) {
    ops += std::string("                     ") + name_of(op) + "\n";
  }
  return R"(usage: kvsim-calibrate [--quick] [--ops A,B] [--out DIR] [--dry-run] [--verify]

Measures on this machine's GPU what decoding really gets: bandwidth, paged decode
attention, matrix products, launches, copies. Writes raw samples for `kvsim calibrate
fit --raw DIR`. Never touches clocks or power settings.

  --quick            one round of the most telling points, at most 60 s; otherwise three
                     rounds of all, at most 5 min (both on an H100)
  --ops A,B          only these:
)" + ops +
         R"(  --out DIR          where raw.csv and manifest.json go (out/calibration); samples that
                     are already there are not measured again
  --dry-run          print the plan, its bytes and its expected time; needs no GPU
  --verify           check every kernel against its double-precision twin, measure nothing
  --small            with --verify: least memory and work, for compute-sanitizer
  --time-budget T    stop cleanly after T (60s, 5min) and say what is missing
  --rounds N         visit all points N times
  --force-resume     go on with samples of another GPU, driver or build
  --allow-mig        measure a MIG slice
  --commit SHA       what to write into the manifest; absent: the commit it was built from
  --help             this text

exit: 0 done, 1 a kernel is wrong or the GPU failed, 2 wrong arguments, 77 no GPU

examples:
  kvsim-calibrate --verify
  kvsim-calibrate --quick --out out/h100
  kvsim-calibrate --ops decode_attention,gemm --time-budget 2min
)";
}

}  // namespace bench
}  // namespace kvsim
