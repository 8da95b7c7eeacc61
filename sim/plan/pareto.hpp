// Layouts that no other beats in everything.
#pragma once

#include <vector>

#include "sim/spec/plan_result.hpp"

namespace kvsim::plan {

/// Sets on_front of those with a best point such that no other is at least as good in cost per hour
/// (without prices: GPUs), tokens per second and GPU, and interactivity, and better in one.
void mark_front(std::vector<spec::PlanLayout>& layouts);

}  // namespace kvsim::plan
