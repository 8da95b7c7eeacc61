// What a command says when it ends before its output is there, and points of it are finished.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "sim/cli/study_points.hpp"
#include "sim/cluster/simulate.hpp"

namespace kvsim::cli {

/// Ctrl-C, with finished points to go on from; what() says so. main.cpp prints it.
class StoppedWithPoints : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What `work` gives. If it throws, the finished points of `points` (may be null) are told: after
/// Ctrl-C by StoppedWithPoints, else on stderr before what it threw.
template <class Work>
auto or_say_how_to_go_on(const StudyPoints* points, const Work& work) -> decltype(work()) {
  const auto said = [points] { return points != nullptr ? points->said_when_stopped() : ""; };
  try {
    return work();
  } catch (const cluster::Interrupted&) {
    if (const std::string text = said(); !text.empty()) {
      throw StoppedWithPoints(text);
    }
    throw;
  } catch (...) {
    if (const std::string text = said(); !text.empty()) {
      fmt::print(stderr, "{}\n", text);
    }
    throw;
  }
}

}  // namespace kvsim::cli
