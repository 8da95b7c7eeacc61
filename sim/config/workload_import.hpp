// `workload: {from: FILE}`: the workload of an inference-perf configuration in our words.
//
//   load.type constant   arrivals: {process: stages, gaps: counted}    (staged_arrivals.hpp)
//   load.type poisson    arrivals: {process: stages, gaps: poisson}
//   load.stages          its rates and durations, with a pause of load.interval in between
//   data.type random,    lengths: input_distribution and output_distribution as `normal`, cut at
//             synthetic  min and max; of type fixed or uniform as `fixed` and `uniform`
//
//   data.type            shared_prefix: {num_groups, tokens: {fixed: system_prompt_len}}, and
//   lengths
//     shared_prefix      {fixed: question_len} and {fixed: output_len}; every question is new
//
// What this cannot say (data sets, multi-turn chats, sweeps, sessions, ...) is refused by name. Not
// the same as there: a stage does not wait for the last answer of the stage before it.
// Source: kubernetes-sigs/inference-perf, inference_perf/config.py and utils/distribution.py.
#pragma once

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

/// A map for the key `workload`, whose values keep their places in the file; faults are told there.
[[nodiscard]] Node import_inference_perf(const Node& file, Faults& faults);

}  // namespace kvsim::config
