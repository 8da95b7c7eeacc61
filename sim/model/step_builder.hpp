// Collects operators and what they wait for; hands them out in topological order.
#pragma once

#include <memory>
#include <vector>

#include "sim/model/operators.hpp"

namespace kvsim::model {

class StepBuilder {
 public:
  using Node = std::size_t;

  StepBuilder();
  ~StepBuilder();
  StepBuilder(const StepBuilder&) = delete;
  StepBuilder& operator=(const StepBuilder&) = delete;

  /// Adds `op`, which needs the results of `after`.
  Node add(Operator op, const std::vector<Node>& after);

  /// Requires: the edges form no cycle (checked; they cannot, by construction of `add`).
  [[nodiscard]] StepGraph finish() const;

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace kvsim::model
